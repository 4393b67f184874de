package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Ends what a daemon that died left running. */
public final class ExecReaper {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private ExecReaper() {}

    /**
     * Ends every execution of the store at {@code root} and waits until it has ended. To be called before the store is
     * opened, by whoever holds its lock; {@link ExecEnvironment#open} does it too.
     *
     * @return how many cgroups of executions there were
     * @throws IOException if something does not end within 10 seconds
     */
    public static int reap(Path root) throws IOException {
        int reaped = 0;
        for (Path parent : ControlGroups.parentsOf(root)) {
            if (!Files.isDirectory(parent)) {
                continue;
            }
            List<Path> executions;
            try (var entries = Files.list(parent)) {
                executions = entries.filter(Files::isDirectory)
                        .filter(path -> path.getFileName().toString().startsWith("exec-"))
                        .toList();
            }
            for (Path execution : executions) {
                new ControlGroup(execution).destroy(DEADLINE);
                reaped++;
            }
        }
        return reaped;
    }
}
