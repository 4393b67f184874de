package org.buildengine.cli.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A command that runs in a process group of its own, its output in files. */
final class Running {
    static final Duration PATIENCE = Duration.ofMinutes(3);
    /** A job in the background of a shell ignores interrupts, and its children would inherit that. */
    private static final List<String> FRESH = List.of("setsid", "env", "--default-signal=INT,QUIT");

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private final Process process;
    private final Path out;
    private final Path err;

    private Running(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    static Running start(Path scratch, Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        return start(scratch, directory, environment, command, "");
    }

    static Running start(
            Path scratch, Path directory, Map<String, String> environment, List<String> command, String stdin)
            throws IOException {
        String name = "command-" + COUNTER.incrementAndGet();
        Path in = Files.writeString(scratch.resolve(name + ".in"), stdin);
        Path out = scratch.resolve(name + ".out");
        Path err = scratch.resolve(name + ".err");
        var all = new ArrayList<>(FRESH);
        all.addAll(command);
        var builder = new ProcessBuilder(all)
                .directory(directory.toFile())
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("ENGINE_") || key.startsWith("DAGGER_"));
        builder.environment().put("ENGINE_REQUIRE_ARCHIVE", "1");
        builder.environment().putAll(environment);
        return new Running(builder.start(), out, err);
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    String out() throws IOException {
        return read(out);
    }

    /** How much it printed. */
    long outBytes() throws IOException {
        return Files.size(out);
    }

    String err() throws IOException {
        return read(err);
    }

    /** The last MiB of a file. */
    private static String read(Path file) throws IOException {
        try (var channel = Files.newByteChannel(file)) {
            channel.position(Math.max(0, channel.size() - (1 << 20)));
            return new String(
                    java.nio.channels.Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Sends a signal to the command itself. */
    void signal(String name) throws IOException, InterruptedException {
        kill(name, Long.toString(pid()));
    }

    /** Sends a signal to the command and its children, as a terminal does. */
    void signalGroup(String name) throws IOException, InterruptedException {
        kill(name, "-" + pid());
    }

    private static void kill(String name, String target) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, "--", target).inheritIO().start().waitFor();
    }

    Finished finish() throws IOException, InterruptedException {
        return finish(PATIENCE);
    }

    Finished finish(Duration patience) throws IOException, InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            String said = "exit code none\n" + out() + "\n" + err();
            signalGroup("KILL");
            throw new AssertionError("the command still runs after " + patience + ": " + said);
        }
        return new Finished(process.exitValue(), out(), err());
    }
}
