package org.buildengine.session.hostfiles;

import java.nio.file.Path;
import java.util.Objects;

/** Turns the paths that an engine names into absolute ones on this host. Immutable. */
public final class HostPaths {
    private final Path workingDirectory;
    private final Path home;

    /**
     * Paths are relative to {@code workingDirectory}; {@code ~} stands for {@code home}.
     *
     * @throws IllegalArgumentException if one of them is not absolute
     */
    public HostPaths(Path workingDirectory, Path home) {
        if (!workingDirectory.isAbsolute() || !home.isAbsolute()) {
            throw new IllegalArgumentException("working directory and home must be absolute paths");
        }
        this.workingDirectory = Objects.requireNonNull(workingDirectory);
        this.home = Objects.requireNonNull(home);
    }

    /** Those of this process. */
    public static HostPaths ofProcess() {
        return new HostPaths(
                Path.of("").toAbsolutePath(),
                Path.of(System.getProperty("user.home")).toAbsolutePath());
    }

    /** The absolute, clean form; links are not followed. */
    public Path absolute(String path) {
        if (path.equals("~")) {
            return home;
        }
        if (path.startsWith("~/")) {
            return home.resolve(path.substring(2)).normalize();
        }
        return workingDirectory.resolve(path).normalize();
    }
}
