package org.buildengine.server.memory;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.buildengine.server.cache.DiskSpace;
import org.buildengine.solver.Headroom;

/**
 * Whether enough memory is left for one more execution. What the kernel says holds for a moment, so that asking often costs
 * nothing; if it says nothing, nothing is short. Safe for use by several threads.
 */
public final class MemoryHeadroom implements Headroom, Closeable {
    private static final System.Logger LOG = System.getLogger(MemoryHeadroom.class.getName());
    private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(100);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final long MEBIBYTE = 1 << 20;

    private final Source source;
    private final DiskSpace reserve;
    private final LongSupplier nanos;
    private final Executor later;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<String> shortage = Optional.empty();
    private long asked;
    private boolean failed;

    /** Where readings come from. */
    interface Source extends Closeable {
        List<Memory> read() throws IOException;
    }

    /** Readings of {@code source} at the times that {@code nanos} says; {@code later} is where waiting ends. */
    MemoryHeadroom(Source source, DiskSpace reserve, LongSupplier nanos, Executor later) {
        this.source = source;
        this.reserve = reserve;
        this.nanos = nanos;
        this.later = later;
        this.asked = nanos.getAsLong() - MOMENT;
    }

    /**
     * That of this machine.
     *
     * @param reserve what is to stay available, of the machine and of each limited cgroup that holds this process
     */
    public static MemoryHeadroom open(DiskSpace reserve) throws IOException {
        return new MemoryHeadroom(
                MemoryFiles.open(Path.of("/proc"), Path.of("/")),
                reserve,
                System::nanoTime,
                CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public Optional<String> shortage() {
        lock.lock();
        try {
            if (nanos.getAsLong() - asked >= MOMENT) {
                asked = nanos.getAsLong();
                shortage = read();
            }
            return shortage;
        } finally {
            lock.unlock();
        }
    }

    private Optional<String> read() {
        try {
            for (Memory memory : source.read()) {
                long needed = reserve.of(memory.total());
                if (memory.available() < needed) {
                    return Optional.of("memory is short: %d MiB %s are available, %d MiB are to stay free"
                            .formatted(memory.available() / MEBIBYTE, memory.where(), needed / MEBIBYTE));
                }
            }
        } catch (IOException | NumberFormatException e) {
            if (!failed) {
                failed = true;
                LOG.log(
                        Level.WARNING,
                        "how much memory is left cannot be read, so nothing waits for it: {0}",
                        e.getMessage());
            }
        }
        return Optional.empty();
    }

    @Override
    public void whenItMayHaveChanged(Runnable action) {
        later.execute(action);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
