package org.buildengine.cli.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A daemon of its own root and socket, that can be stopped, killed and started again. */
final class ScratchEngine implements AutoCloseable {
    static final String LAUNCHER =
            Path.of(System.getProperty("engine.distribution"), "bin", "engine").toString();

    private final Path directory;
    private final Map<String, String> environment;
    private @Nullable Running daemon;

    private ScratchEngine(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    /** Starts it below an empty directory and waits until it listens. */
    static ScratchEngine start(Path directory, Map<String, String> environment)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        var engine = new ScratchEngine(directory, environment);
        engine.start();
        return engine;
    }

    /** Starts it again; returns how long it took until it listened. */
    Duration start() throws IOException, InterruptedException {
        long before = System.nanoTime();
        Running started = Running.start(
                directory,
                Path.of("/"),
                environment,
                List.of(
                        LAUNCHER,
                        "serve",
                        "--root",
                        root().toString(),
                        "--listen",
                        address(),
                        "--listen",
                        "tcp://127.0.0.1:0"));
        daemon = started;
        while (!started.out().contains("listening on")) {
            if (!started.alive() || System.nanoTime() - before > Running.PATIENCE.toNanos()) {
                throw new AssertionError("the daemon does not start: " + started.err());
            }
            Thread.sleep(5);
        }
        return Duration.ofNanos(System.nanoTime() - before);
    }

    Path root() {
        return directory.resolve("root");
    }

    Path socket() {
        return directory.resolve("engine.sock");
    }

    String address() {
        return "unix://" + socket();
    }

    /** Its port on loopback. */
    int port() throws IOException {
        String listens = daemon().out();
        return Integer.parseInt(listens.strip().substring(listens.strip().lastIndexOf(':') + 1));
    }

    Running daemon() {
        if (daemon == null) {
            throw new IllegalStateException("the daemon was not started");
        }
        return daemon;
    }

    /** Lets it end by itself. */
    Finished stop() throws IOException, InterruptedException {
        daemon().signal("TERM");
        return daemon().finish(Duration.ofSeconds(45));
    }

    /** Ends it as a crash does. */
    void kill() throws IOException, InterruptedException {
        daemon().signal("KILL");
        daemon().finish(Duration.ofSeconds(10));
    }

    /** Starts a command as a user of this engine, in a directory. */
    Running user(Path workdir, Map<String, String> more, List<String> command) throws IOException {
        return user(workdir, more, command, "");
    }

    Running user(Path workdir, Map<String, String> more, List<String> command, String stdin) throws IOException {
        var all = new HashMap<>(Map.of("ENGINE_HOST", address()));
        all.putAll(more);
        return Running.start(directory, workdir, all, command, stdin);
    }

    /** Runs one of our commands. */
    Finished engine(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(LAUNCHER));
        command.addAll(List.of(arguments));
        return user(directory, Map.of(), command).finish();
    }

    /**
     * The steps that ran under a nonce, in the order in which they did; each left a line in the cache volume. The daemon
     * may go on with its files meanwhile.
     */
    List<String> executions(String nonce) throws IOException {
        var search = new SimpleFileVisitor<Path>() {
            private List<String> lines = List.of();

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!file.endsWith("ran-" + nonce)) {
                    return FileVisitResult.CONTINUE;
                }
                lines = Files.readAllLines(file);
                return FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path vanished, IOException failure) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        };
        Files.walkFileTree(root(), search);
        return search.lines;
    }

    /** Waits until a step with this text in its command line runs. */
    static void awaitStep(String text) {
        await().atMost(Running.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> !processes(text).isEmpty());
    }

    /** The processes with a text in their command lines. */
    static List<Long> processes(String text) throws IOException {
        var found = new ArrayList<Long>();
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            for (Path process : all.toList()) {
                if (process.getFileName().toString().matches("\\d+")
                        && commandLine(process).contains(text)) {
                    found.add(Long.parseLong(process.getFileName().toString()));
                }
            }
        }
        return found;
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // It ended meanwhile.
        }
    }

    @Override
    public void close() throws IOException {
        if (daemon != null && daemon.alive()) {
            try {
                stop();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the daemon stops", e);
            }
        }
    }
}
