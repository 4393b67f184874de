package org.buildengine.server.exec;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.linux.FileStatus;

/**
 * Says in advance why a command cannot be started, in the words that clients know from the original engine. What cannot
 * be seen from outside is left to the container.
 */
final class CommandLookup {
    /** Exit code of a command that cannot be started. */
    static final int EXIT_CODE = 1;

    /** By whomever. */
    private static final int EXECUTABLE = 0111;

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
        Optional<FileStatus> found = ContainerPaths.look(place);
        if (found.isEmpty()) {
            return State.MISSING;
        }
        return found.get().isRegularFile() && (found.get().mode() & EXECUTABLE) != 0
                ? State.FINE
                : State.NOT_EXECUTABLE;
    }
}
