package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

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

    private static final List<String> DIRECTORIES =
            Stream.concat(Stream.of("/", "/etc"), VIRTUAL.stream()).toList();

    private Underlay() {}

    /** Makes it below {@code run}, unless it is there. */
    static Path create(Path run) throws IOException {
        Path underlay = run.resolve("underlay");
        for (String directory : DIRECTORIES) {
            Path made = Files.createDirectories(below(underlay, directory));
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        for (String file : List.of(RESOLV_CONF, HOSTS)) {
            Path made = below(underlay, file);
            Files.write(made, new byte[0]);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-r--r--"));
        }
        return underlay;
    }

    private static Path below(Path underlay, String path) {
        return underlay.resolve(path.substring(1));
    }
}
