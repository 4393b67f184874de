package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a small program of the host to its end. */
final class Shell {
    private static final int DEADLINE_SECONDS = 20;

    private Shell() {}

    /** What a program left. */
    record Outcome(int exitCode, String output) {}

    /** Runs it and fails unless it ends with 0. */
    static String run(List<String> command) throws IOException {
        Outcome outcome = attempt(command);
        if (outcome.exitCode() != 0) {
            throw new IOException(
                    String.join(" ", command) + " failed with " + outcome.exitCode() + ": " + outcome.output());
        }
        return outcome.output();
    }

    /** Runs it, however it ends; its first 64 KiB of output are kept. */
    static Outcome attempt(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .start();
        Thread deadline = Thread.ofVirtual().start(() -> {
            try {
                if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        });
        try (var stream = process.getInputStream()) {
            String output = new String(stream.readNBytes(1 << 16), StandardCharsets.UTF_8).strip();
            stream.transferTo(java.io.OutputStream.nullOutputStream());
            return new Outcome(process.waitFor(), output);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(String.join(" ", command) + " was interrupted", e);
        } finally {
            deadline.interrupt();
        }
    }
}
