package org.buildengine.solver.simulation;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One thread of a {@link Schedule}: what the virtual machine hands its continuation to. */
public final class Strand implements Executor {
    private static final ThreadLocal<@Nullable Strand> CURRENT = new ThreadLocal<>();

    private final Schedule schedule;
    private final String name;
    private long priority;
    private int undisturbed;
    private @Nullable Runnable continuation;

    Strand(Schedule schedule, String name, long priority) {
        this.schedule = schedule;
        this.name = name;
        this.priority = priority;
    }

    long priority() {
        return priority;
    }

    void priority(long changed) {
        priority = changed;
    }

    void bind() {
        CURRENT.set(this);
    }

    @Override
    public void execute(Runnable next) {
        continuation = next;
        schedule.ready(this);
    }

    void proceed() {
        Runnable next = continuation;
        continuation = null;
        if (next != null) {
            next.run();
        }
    }

    /** Where the calling thread may lose its turn; does nothing outside a simulation. */
    @SuppressWarnings("ThreadPriorityCheck") // the scheduler is ours
    public static void pause() {
        Strand strand = CURRENT.get();
        if (strand != null && strand.undisturbed == 0 && strand.schedule.interrupts()) {
            Thread.yield();
        }
    }

    /** From here to {@link #atomicEnd} the calling thread keeps its turn, because it holds a monitor. */
    public static void atomicStart() {
        Strand strand = CURRENT.get();
        if (strand != null) {
            strand.undisturbed++;
        }
    }

    /** See {@link #atomicStart}. */
    public static void atomicEnd() {
        Strand strand = CURRENT.get();
        if (strand != null) {
            strand.undisturbed--;
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
