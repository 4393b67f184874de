package org.buildengine.server.exec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.snapshotter.linux.ChildProcess;
import org.buildengine.snapshotter.linux.ChildProcess.Output;
import org.buildengine.snapshotter.linux.NativeThreads;

/**
 * A running container: the process of its runtime, its cgroup and its two outputs, which come in the order in which they
 * were read. Used by one platform thread, except for {@link #kill}. Closing ends whatever is left of it and waits for
 * that.
 */
final class ContainerProcess implements Closeable {
    /**
     * A command that prints much writes a page at a time, and whoever reads at once is woken for every page. So an output
     * that has become long is let gather for a moment whenever a read brought only a part, in a pipe that holds more.
     */
    private static final long LONG = 1 << 20;

    private static final int PART = 1 << 15;
    private static final Duration GATHER = Duration.ofNanos(200_000);

    /** How long nothing is looked at but the outputs. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Duration END = Duration.ofSeconds(10);
    private static final System.Logger LOG = System.getLogger(ContainerProcess.class.getName());
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ChildProcess process;
    private final ControlGroup cgroup;
    private final long[] read = new long[3];
    private boolean ended;

    private ContainerProcess(ChildProcess process, ControlGroup cgroup) {
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
        stdin.ifPresent(container::feed);
        return container;
    }

    private void feed(InputStream from) {
        Thread.ofPlatform().daemon().name("stdin").start(() -> {
            try (from) {
                byte[] buffer = new byte[1 << 16];
                for (int n = from.read(buffer); n > 0; n = from.read(buffer)) {
                    process.write(Arrays.copyOf(buffer, n));
                }
            } catch (IOException e) {
                // A command may end, or close its input, without reading all of it.
                LOG.log(System.Logger.Level.DEBUG, "feeding standard input", e);
            } finally {
                process.closeInput();
            }
        });
    }

    /** The next bytes, or empty when both outputs have ended. Waits; an interrupt ends the wait within a second. */
    Optional<Output> next() throws InterruptedException, IOException {
        long exitedAt = 0;
        while (process.hasOutput()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Optional<Output> next = process.read(LOOK);
            if (next.isEmpty()) {
                exitedAt = exitedAt == 0 && !process.isAlive() ? System.nanoTime() : exitedAt;
                if (exitedAt != 0 && System.nanoTime() - exitedAt > END.toNanos()) {
                    throw new IOException("the outputs of the command stay open after its end");
                }
            } else if (!next.get().end()) {
                gather(next.get());
                return next;
            }
        }
        return Optional.empty();
    }

    private void gather(Output output) throws InterruptedException {
        long before = read[output.stream()];
        read[output.stream()] += output.bytes().length;
        if (read[output.stream()] <= LONG) {
            return;
        }
        if (before <= LONG) {
            process.widen(output.stream());
        }
        if (output.bytes().length < PART) {
            Thread.sleep(GATHER);
        }
    }

    /** Waits for its end, which is near when the outputs have ended. */
    int exitCode() throws InterruptedException, IOException {
        OptionalInt code = process.waitFor(LOOK);
        while (code.isEmpty()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            code = process.waitFor(LOOK);
        }
        // The command takes its children along, but not if its runtime was ended from outside. Of a failure the cgroup
        // may have to tell.
        ended = code.getAsInt() == 0 ? cgroup.removeIfEmpty() : cgroup.isEmpty();
        return code.getAsInt();
    }

    /** Ends it, at whatever point of its start it is. Quick; does not wait. */
    void kill() {
        try {
            NativeThreads.run(() -> {
                // First the shell, should it not have entered the cgroup yet; it has no children then.
                process.kill();
                cgroup.kill();
                return true;
            });
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
        if (process.waitFor(END).isEmpty()) {
            throw new IOException("the process of the container does not end");
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
