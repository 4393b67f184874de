package org.buildengine.cli.e2e;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** An unmodified SDK from its package registry, installed once below {@code target}, and the tests' program for it. */
enum Sdk {
    /** {@code dagger-io} in a virtual environment. */
    PYTHON {
        @Override
        void install(Path directory) throws IOException, InterruptedException {
            run(directory, "python3", "-m", "venv", directory.resolve("venv").toString());
            run(
                    directory,
                    directory.resolve("venv/bin/pip").toString(),
                    "--quiet",
                    "--disable-pip-version-check",
                    "install",
                    "dagger-io==0.21.*");
        }

        @Override
        List<String> command(String settings) {
            return List.of(
                    home().resolve("venv/bin/python").toString(),
                    PROGRAMS.resolve("pipeline.py").toString(),
                    settings);
        }
    },
    /** {@code @dagger.io/dagger} on Node; where the machine's is older than 20, npm's package of it. */
    TYPESCRIPT {
        @Override
        void install(Path directory) throws IOException, InterruptedException {
            run(
                    directory,
                    "npm",
                    "install",
                    "--silent",
                    "--no-audit",
                    "--no-fund",
                    "--prefix",
                    directory.toString(),
                    "@dagger.io/dagger@0.21.x");
            if (nodeOfTheMachine() < OLDEST_NODE) {
                run(
                        directory,
                        "npm",
                        "install",
                        "--silent",
                        "--no-audit",
                        "--no-fund",
                        "--prefix",
                        directory.toString(),
                        "node@22");
            }
        }

        @Override
        List<String> command(String settings) {
            Path own = home().resolve("node_modules/node/bin/node");
            return List.of(
                    Files.isExecutable(own) ? own.toString() : "node",
                    PROGRAMS.resolve("pipeline.mjs").toString(),
                    settings);
        }

        @Override
        Map<String, String> environment() {
            return Map.of("NODE_PATH", home().resolve("node_modules").toString());
        }
    };

    private static final int OLDEST_NODE = 20;
    private static final Path PROGRAMS = Path.of(System.getProperty("engine.programs"));
    private static final Path SDKS = Path.of(System.getProperty("engine.sdks"));

    abstract void install(Path directory) throws IOException, InterruptedException;

    /** The command that runs the tests' program. */
    abstract List<String> command(String settings);

    /** What the program needs in its environment. */
    Map<String, String> environment() {
        return Map.of();
    }

    Path home() {
        return SDKS.resolve(name().toLowerCase(java.util.Locale.ROOT));
    }

    /** Installs it if it is not there yet; other processes that want it too wait meanwhile. */
    synchronized void ensure() throws IOException, InterruptedException {
        Files.createDirectories(home());
        Path complete = home().resolve("complete");
        try (var lock = FileChannel.open(home().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            lock.lock();
            if (!Files.exists(complete)) {
                install(home());
                Files.writeString(complete, "");
            }
        }
    }

    private static int nodeOfTheMachine() throws IOException {
        try (var version = new ProcessBuilder("node", "--version").start().inputReader()) {
            String line = version.readLine();
            return line == null ? 0 : Integer.parseInt(line.substring(1).split("\\.", 2)[0]);
        }
    }

    private static void run(Path directory, String... command) throws IOException, InterruptedException {
        Running.start(directory, directory, Map.of(), List.of(command))
                .finish(Duration.ofMinutes(8))
                .succeeded();
    }
}
