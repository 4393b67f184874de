package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Says in advance why a command cannot be started, in the words that clients know from the original engine. What cannot
 * be seen from outside is left to the container.
 */
final class CommandLookup {
    /** Exit code of a command that cannot be started. */
    static final int EXIT_CODE = 1;

    private static final Set<PosixFilePermission> EXECUTABLE = Set.of(
            PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

    private CommandLookup() {}

    private enum State {
        FINE,
        MISSING,
        NOT_EXECUTABLE
    }

    static Optional<String> refusal(String command, String cwd, List<String> env, ContainerPaths paths)
            throws IOException {
        if (command.contains("/")) {
            return switch (state(command.startsWith("/") ? command : cwd + "/" + command, paths)) {
                case FINE -> Optional.empty();
                case MISSING -> Optional.of("fork/exec " + command + ": no such file or directory");
                case NOT_EXECUTABLE -> Optional.of("fork/exec " + command + ": permission denied");
            };
        }
        String path = env.stream()
                .filter(variable -> variable.startsWith("PATH="))
                .map(variable -> variable.substring(5))
                .reduce("", (first, last) -> last);
        for (String directory : path.split(":", -1)) {
            String base = directory.startsWith("/") ? directory : cwd + "/" + directory;
            if (state(base + "/" + command, paths) == State.FINE) {
                return Optional.empty();
            }
        }
        return Optional.of("exec: \"" + command + "\": executable file not found in $PATH");
    }

    private static State state(String path, ContainerPaths paths) throws IOException {
        ContainerPaths.Place place = paths.locate(path);
        if (place.host().isEmpty()) {
            return State.FINE;
        }
        Optional<BasicFileAttributes> found = ContainerPaths.look(place);
        if (found.isEmpty()) {
            return State.MISSING;
        }
        boolean executable = found.get().isRegularFile()
                && Files.getPosixFilePermissions(place.host().get()).stream().anyMatch(EXECUTABLE::contains);
        return executable ? State.FINE : State.NOT_EXECUTABLE;
    }
}
