package org.buildengine.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.buildengine.client.EngineAddress;
import org.buildengine.client.EngineUnavailableException;
import org.buildengine.server.config.ConfigKey;

/**
 * The machine's own daemon, started when a command needs it and nobody listens yet. It ends by itself after a time without
 * sessions.
 *
 * <p>Commands that come at once start one daemon: they take turns by a lock on a file, and each looks again when it is its
 * turn. The daemon tells that it listens by a line on its standard output, and that it failed by the end of that output.
 *
 * <p>The daemon inherits our environment, so what configures it there ({@code ENGINE_ROOT} and so on) holds here too; we look
 * for it where {@code ENGINE_LISTEN} lets it listen first.
 */
final class LocalDaemon {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final String LOG = "/var/log/build-engine/engine.log";
    private static final String IDLE_SECONDS = "600";
    private static final int LINES_SHOWN = 5;

    private final EngineAddress address;
    private final Path directory;
    private final Path log;
    private final String idleSeconds;

    private LocalDaemon(EngineAddress address, Path directory, Path log, String idleSeconds) {
        this.address = address;
        this.directory = directory;
        this.log = log;
        this.idleSeconds = idleSeconds;
    }

    /**
     * The daemon that an environment describes.
     *
     * @param environment the environment of this process
     * @return the daemon, started or not
     * @throws IllegalArgumentException if {@code ENGINE_LISTEN} is no address
     */
    static LocalDaemon of(Map<String, String> environment) {
        String listen = environment
                .getOrDefault(ConfigKey.LISTEN.variable(), "")
                .split(",", 2)[0]
                .strip();
        EngineAddress address = listen.isEmpty() ? EngineAddress.DEFAULT : EngineAddress.parse(listen);
        Path socket = (address instanceof EngineAddress.Unix unix ? unix : EngineAddress.DEFAULT).path();
        return new LocalDaemon(
                address,
                Objects.requireNonNullElse(socket.getParent(), Path.of("/")),
                Path.of(environment.getOrDefault(Launcher.LOG_VARIABLE, LOG)),
                environment.getOrDefault(ConfigKey.IDLE_EXIT.variable(), IDLE_SECONDS));
    }

    /**
     * Finds the daemon or starts it.
     *
     * @return where it listens
     * @throws IOException if it does not come up; the message has the last lines of its log
     */
    EngineAddress ensure() throws IOException {
        if (listens()) {
            return address;
        }
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Files.createDirectories(log.toAbsolutePath().getParent());
            try (FileChannel file = FileChannel.open(
                            directory.resolve("start.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock turn = file.lock()) {
                if (turn.isValid() && !listens()) {
                    start();
                }
            }
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "no engine listens at " + address + ", and only root can start one (no access to " + e.getFile()
                            + "). Start it as root with `engine serve`, or name another one in "
                            + EngineChoice.VARIABLE,
                    e);
        }
        return address;
    }

    private boolean listens() throws IOException {
        try {
            address.open().close();
            return true;
        } catch (EngineUnavailableException e) {
            if (e.getCause() instanceof AccessDeniedException) {
                throw e;
            }
            return false;
        }
    }

    private void start() throws IOException {
        Process daemon = new ProcessBuilder(
                        "setsid", Launcher.path(), "serve", "--listen", address.toString(), "--idle-exit", idleSeconds)
                .directory(Path.of("/").toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        CompletableFuture<String> said = new CompletableFuture<>();
        Thread.ofVirtual().name("daemon start").start(() -> {
            try (BufferedReader output = daemon.inputReader(StandardCharsets.UTF_8)) {
                String line = output.readLine();
                said.complete(line == null ? "" : line);
            } catch (IOException e) {
                said.completeExceptionally(e);
            }
        });
        try {
            if (said.get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).isEmpty()) {
                throw new IOException("the engine did not start; the end of its log " + log + ":\n" + lastLines());
            }
        } catch (TimeoutException e) {
            daemon.destroy();
            throw new IOException(
                    "the engine did not start within " + START_TIMEOUT.toSeconds() + " s; the end of its log " + log
                            + ":\n" + lastLines(),
                    e);
        } catch (ExecutionException e) {
            throw new IOException("waiting for the engine to start", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the engine started", e);
        }
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
    }
}
