package org.buildengine.server.memory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.buildengine.session.Counted;
import org.buildengine.snapshotter.linux.KernelFile;

/**
 * Counts the processes that the kernel ended for want of memory, where executions have no count of their own: those of the
 * daemon's cgroup of version 1, which executions share, or else all of the machine ({@code oom_kill} in {@code
 * memory.oom_control} and {@code /proc/vmstat}). Safe for several threads.
 */
public final class MemoryKills implements Closeable {
    private static final System.Logger LOG = System.getLogger(MemoryKills.class.getName());
    private static final String FIELD = "oom_kill";

    private final KernelFile machine;
    private final Optional<MemoryFiles.Counted> group;

    private MemoryKills(KernelFile machine, Optional<MemoryFiles.Counted> group) {
        this.machine = machine;
        this.group = group;
    }

    /** Opens what there is. To be called before the place is covered where cgroups are mounted. */
    public static MemoryKills open() throws IOException {
        return open(Path.of("/proc"), Path.of("/"));
    }

    static MemoryKills open(Path proc, Path root) throws IOException {
        var machine = KernelFile.open(proc.resolve("vmstat"));
        try {
            return new MemoryKills(machine, MemoryFiles.ownOfVersionOne(proc, root));
        } catch (IOException | RuntimeException e) {
            machine.close();
            throw e;
        }
    }

    /** How many there were so far; none if the kernel does not count. */
    public synchronized long count() {
        try {
            return MemoryFiles.count(group.map(MemoryFiles.Counted::kills).orElse(machine), FIELD);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the kernel does not count what it ends for want of memory", e);
            return 0;
        }
    }

    /**
     * What to say of a command that was killed if the kernel ended processes meanwhile, for the end of a sentence; else nothing.
     *
     * @param before the count when it began
     */
    public synchronized String since(long before) {
        long kills = count() - before;
        return kills <= 0
                ? ""
                : " (out of memory: while it ran, the kernel ended " + Counted.of(kills, "process", "processes")
                        + whose() + ")";
    }

    private String whose() {
        if (group.isEmpty()) {
            return " of this machine";
        }
        String whose = " of the engine and its steps";
        try {
            Optional<Long> limit = group.get().limitBytes();
            return whose + "; they took " + group.get().mostBytes() + " bytes at most"
                    + (limit.isEmpty() ? "" : " and may take " + limit.get());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the kernel does not say how much memory there was", e);
            return whose;
        }
    }

    @Override
    public void close() throws IOException {
        machine.close();
        if (group.isPresent()) {
            group.get().close();
        }
    }
}
