package org.buildengine.session.offers;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/** Runs a short command on this host and takes its output; its errors go to this process's standard error. */
final class HostCommand {
    private static final int MAX_OUTPUT = 3 * 1024 * 1024;
    private static final Executor READERS =
            task -> Thread.ofVirtual().name("command output").start(task);

    private static final System.Logger LOG = System.getLogger(HostCommand.class.getName());

    private HostCommand() {}

    /**
     * What it printed.
     *
     * @param exitCode as the process ended
     * @param text standard output, possibly secret
     */
    record Output(int exitCode, ByteString text) {}

    /** Runs the command with {@code input} on its standard input; it is killed when the time is over. */
    static Output run(List<String> command, Path directory, String input, Duration limit)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> read(process), READERS);
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException notRead) {
                // The command ended without reading; its exit code says whether that was right.
                LOG.log(System.Logger.Level.DEBUG, "a command did not read its input", notRead);
            }
            if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                throw late(command, limit);
            }
            return new Output(
                    process.exitValue(), ByteString.copyFrom(output.get(limit.toNanos(), TimeUnit.NANOSECONDS)));
        } catch (TimeoutException e) {
            throw late(command, limit);
        } catch (ExecutionException e) {
            throw new HostException(Reason.REMOTE, "the output of " + command.getFirst() + " could not be read", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            var _ = process.destroyForcibly();
        }
    }

    private static HostException late(List<String> command, Duration limit) {
        return new HostException(
                Reason.TIMEOUT, command.getFirst() + " did not finish within " + limit.toSeconds() + " s");
    }

    private static byte[] read(Process process) {
        try (InputStream in = process.getInputStream()) {
            byte[] text = in.readNBytes(MAX_OUTPUT + 1);
            if (text.length > MAX_OUTPUT) {
                throw new UncheckedIOException(new IOException("more than " + MAX_OUTPUT + " bytes"));
            }
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
