package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The empty files and directories that the mounts of every container are put on, where its image has none: a directory
 * below all layers of its root, so that no execution has to make them and remove them again. An image can hide it (by a
 * link or an opaque directory); {@link MountStubs} make what is missing then.
 */
final class Underlay {
    /** File systems that the runtime makes. */
    static final List<String> VIRTUAL = List.of("/proc", "/dev", "/sys");

    static final String RESOLV_CONF = "/etc/resolv.conf";
    static final String HOSTS = "/etc/hosts";

    private Underlay() {}

    /** Makes it below {@code run}, unless it is there. */
    static Path create(Path run) throws IOException {
        Path underlay = run.resolve("underlay");
        for (String directory : VIRTUAL) {
            Files.createDirectories(below(underlay, directory));
        }
        Files.createDirectories(underlay.resolve("etc"));
        for (String file : List.of(RESOLV_CONF, HOSTS)) {
            if (!Files.exists(below(underlay, file))) {
                Files.createFile(below(underlay, file));
            }
            Files.setPosixFilePermissions(below(underlay, file), PosixFilePermissions.fromString("rw-r--r--"));
        }
        for (String directory : List.of("/", "/etc", "/proc", "/dev", "/sys")) {
            Files.setPosixFilePermissions(below(underlay, directory), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return underlay;
    }

    private static Path below(Path underlay, String path) {
        return underlay.resolve(path.substring(1));
    }
}
