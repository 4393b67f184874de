package org.buildengine.server.exec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A running container: the process of its runtime, its cgroup and its two outputs, which arrive through one bounded queue
 * in the order in which they were read. Used by one thread, except for {@link #kill}. Closing ends whatever is left of it
 * and waits for that.
 */
final class ContainerProcess implements Closeable {
    private static final int CHUNK = 1 << 16;
    private static final int QUEUE = 16;

    /**
     * A command that prints much writes a page at a time, and whoever reads at once is woken for every page. So an output
     * that has become long is let gather for a moment whenever a read brought only a part of what a pipe holds.
     */
    private static final long LONG = 1 << 20;

    private static final int PART = 1 << 15;
    private static final Duration GATHER = Duration.ofNanos(200_000);
    private static final Duration END = Duration.ofSeconds(10);
    private static final System.Logger LOG = System.getLogger(ContainerProcess.class.getName());
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Bytes of an output; none at its end. */
    @SuppressWarnings("ArrayRecordComponent") // Passed on, never compared.
    record Chunk(int stream, byte[] bytes) {
        boolean end() {
            return bytes.length == 0;
        }
    }

    private final Process process;
    private final ControlGroup cgroup;
    private final BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(QUEUE);
    private int open = 2;
    private boolean ended;

    private ContainerProcess(Process process, ControlGroup cgroup) {
        this.process = process;
        this.cgroup = cgroup;
    }

    /**
     * Starts the container of a launch.
     *
     * @param stdin fed to the process; closed by this class
     */
    static ContainerProcess start(Launch launch, Optional<InputStream> stdin) throws IOException {
        var container = new ContainerProcess(launch.begin(stdin.isPresent()), launch.cgroup());
        container.pump(1, container.process.getInputStream());
        container.pump(2, container.process.getErrorStream());
        stdin.ifPresent(container::feed);
        return container;
    }

    private void pump(int stream, InputStream from) {
        Thread _ = Thread.ofVirtual().name("output-" + stream).start(() -> {
            try (from) {
                byte[] buffer = new byte[CHUNK];
                long total = 0;
                for (int n = from.read(buffer); n > 0; n = from.read(buffer)) {
                    chunks.put(new Chunk(stream, Arrays.copyOf(buffer, n)));
                    total += n;
                    if (total > LONG && n < PART) {
                        Thread.sleep(GATHER);
                    }
                }
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "reading output " + stream, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                end(stream);
            }
        });
    }

    private void end(int stream) {
        try {
            // Bounded: after the consumer is gone, nobody takes it.
            if (!chunks.offer(new Chunk(stream, new byte[0]), 1, TimeUnit.MINUTES)) {
                LOG.log(System.Logger.Level.DEBUG, "nobody waits for the end of output " + stream);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void feed(InputStream from) {
        Thread _ = Thread.ofVirtual().name("stdin").start(() -> {
            try (from;
                    OutputStream into = process.getOutputStream()) {
                from.transferTo(into);
            } catch (IOException e) {
                // A command may end, or close its input, without reading all of it.
                LOG.log(System.Logger.Level.DEBUG, "feeding standard input", e);
            }
        });
    }

    /** The next bytes, or empty when both outputs have ended. Waits; an interrupt ends the wait. */
    Optional<Chunk> next() throws InterruptedException, IOException {
        long exitedAt = 0;
        while (open > 0) {
            Chunk chunk = chunks.poll(1, TimeUnit.SECONDS);
            if (chunk == null) {
                exitedAt = exitedAt == 0 && !process.isAlive() ? System.nanoTime() : exitedAt;
                if (exitedAt != 0 && System.nanoTime() - exitedAt > END.toNanos()) {
                    throw new IOException("the outputs of the command stay open after its end");
                }
            } else if (chunk.end()) {
                open--;
            } else {
                return Optional.of(chunk);
            }
        }
        return Optional.empty();
    }

    /** Waits for its end, which is near when the outputs have ended. */
    int exitCode() throws InterruptedException, IOException {
        int code = process.waitFor();
        // The command takes its children along, but not if its runtime was ended from outside.
        ended = cgroup.isEmpty();
        return code;
    }

    /** Ends it, at whatever point of its start it is. Quick; does not wait. */
    void kill() {
        // First the shell, should it not have entered the cgroup yet; it has no children then.
        process.destroyForcibly();
        try {
            cgroup.kill();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot end " + cgroup.directory() + " yet", e);
        }
    }

    @Override
    public void close() throws IOException {
        if (!ended) {
            kill();
            cgroup.destroy(END);
        }
        chunks.clear();
        try {
            if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("the process of the container does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the runtime itself complained about, or nothing. */
    static String runtimeErrors(Bundle bundle) throws IOException {
        if (!Files.exists(bundle.log())) {
            return "";
        }
        var errors = new java.util.LinkedHashSet<String>();
        for (String line : Files.readAllLines(bundle.log())) {
            JsonNode entry = JSON.readTree(line);
            if (entry != null
                    && java.util.Set.of("error", "fatal")
                            .contains(entry.path("level").asText())) {
                errors.add(entry.path("msg").asText());
            }
        }
        return String.join("; ", errors);
    }
}
