package org.buildengine.solver.simulation;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Runs virtual threads one at a time, on the platform thread that calls {@link #run}. A seed decides who goes on, how often
 * a thread loses its turn, and when time passes. Virtual time stands still while anybody works, but for
 * some hurry, more in one world than in another.
 *
 * <p>Needs {@code --add-opens java.base/java.lang=ALL-UNNAMED}: that a virtual thread can have an executor of its own is
 * known to the JDK's own tests only.
 */
final class Schedule implements InstantSource, ThreadFactory {
    private static final MethodHandle BUILDER = builder();

    /** One time in so many a thread loses its turn where it may; the seed chooses one of these. */
    private static final int[] PATIENCE = {2, 4, 16, 64, 1024};

    /** One time in so many, time passes although somebody could go on. */
    private static final int[] HURRY = {8, 256, 1 << 20};

    private final SplittableRandom random;
    private final int patience;
    private final int hurry;
    private final boolean byPriority;
    private final List<Strand> ready = new ArrayList<>();
    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
    private long now;
    private int numbers;
    private int threads;
    private final Set<Thread> unfinished = new LinkedHashSet<>();

    /** Those that work for the simulation itself. */
    private final Set<Thread> own = new HashSet<>();

    private long fingerprint;
    private final List<Throwable> uncaught = new ArrayList<>();

    private record Alarm(long at, int number, Runnable action) implements Comparable<Alarm> {
        @Override
        public int compareTo(Alarm other) {
            return at != other.at ? Long.compare(at, other.at) : Integer.compare(number, other.number);
        }
    }

    Schedule(SplittableRandom random) {
        this.random = random;
        this.patience = PATIENCE[random.nextInt(PATIENCE.length)];
        this.hurry = HURRY[random.nextInt(HURRY.length)];
        this.byPriority = random.nextInt(3) == 0;
    }

    private static MethodHandle builder() {
        try {
            Class<?> type = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder");
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, MethodType.methodType(void.class, Executor.class))
                    .asType(MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this JDK lets no virtual thread have an executor of its own", e);
        }
    }

    @Override
    public Thread newThread(Runnable task) {
        var strand = new Strand(this, "thread " + threads++, random.nextLong(1L << 40));
        try {
            Thread.Builder.OfVirtual builder = (Thread.Builder.OfVirtual) BUILDER.invokeExact((Executor) strand);
            Thread thread = builder.unstarted(() -> {
                strand.bind();
                try {
                    task.run();
                } catch (RuntimeException | Error e) {
                    uncaught.add(e);
                } finally {
                    unfinished.remove(Thread.currentThread());
                    own.remove(Thread.currentThread());
                }
            });
            unfinished.add(thread);
            return thread;
        } catch (Throwable e) {
            throw new LinkageError("no virtual thread was made", e);
        }
    }

    /** Starts a thread that works for the simulation itself. */
    Thread start(String name, Runnable task) {
        Thread thread = newThread(task);
        thread.setName(name);
        own.add(thread);
        thread.start();
        return thread;
    }

    void ready(Strand strand) {
        ready.add(strand);
    }

    /** Whether the thread that asks loses its turn now. */
    boolean interrupts() {
        return random.nextInt(patience) == 0;
    }

    /** The calling thread goes on after so many milliseconds of virtual time; sooner if it is interrupted. */
    void sleep(long millis) {
        sleep(millis, () -> false);
    }

    /** The same; sooner also if it is woken and finds that it is to go on. */
    void sleep(long millis, BooleanSupplier goesOn) {
        Thread sleeper = Thread.currentThread();
        long until = now + millis;
        alarms.add(new Alarm(until, numbers++, () -> LockSupport.unpark(sleeper)));
        while (now < until && !sleeper.isInterrupted() && !goesOn.getAsBoolean()) {
            LockSupport.park();
        }
    }

    /** Does something after so many milliseconds of virtual time. */
    void after(long millis, Runnable action) {
        alarms.add(new Alarm(now + millis, numbers++, action));
    }

    /** Lets everybody work until nobody can go on and nothing is awaited of time. */
    void run() {
        while (!ready.isEmpty() || !alarms.isEmpty()) {
            if (ready.isEmpty() || (!alarms.isEmpty() && random.nextInt(hurry) == 0)) {
                Alarm alarm = alarms.remove();
                now = Math.max(now, alarm.at);
                alarm.action.run();
            } else {
                int next = byPriority ? highest() : random.nextInt(ready.size());
                Strand strand = ready.get(next);
                ready.set(next, ready.getLast());
                ready.removeLast();
                fingerprint = (fingerprint ^ next ^ ((long) ready.size() << 32)) * 0x9E3779B97F4A7C15L;
                strand.proceed();
            }
        }
    }

    /** The one of highest priority, which may lose it then: that is what lets the others get far ahead. */
    private int highest() {
        int best = 0;
        for (int i = 1; i < ready.size(); i++) {
            if (ready.get(i).priority() > ready.get(best).priority()) {
                best = i;
            }
        }
        if (random.nextInt(16) == 0) {
            ready.get(best).priority(random.nextLong(1L << 40));
        }
        return best;
    }

    /** Whether what is simulated does anything; nothing does, if all it has begun waits for somebody else. */
    boolean isAtWork() {
        return unfinished.size() > own.size();
    }

    /** The threads that have not come to their end, each with what it waits in. */
    List<String> unfinished() {
        return unfinished.stream().map(Schedule::where).toList();
    }

    private static String where(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .filter(frame -> frame.getClassName().startsWith("org.buildengine"))
                .limit(3)
                .map(frame -> frame.getMethodName() + ":" + frame.getLineNumber())
                .collect(Collectors.joining(" < ", thread.getName() + " in ", ""));
    }

    /** What threads died of. */
    List<Throwable> uncaught() {
        return uncaught;
    }

    /** Stands for all choices made so far: equal for two runs that went alike. */
    long fingerprint() {
        return fingerprint;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(now);
    }
}
