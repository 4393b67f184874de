package org.buildengine.cli.display;

import java.io.IOError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.buildengine.client.progress.ProgressDisplay;
import org.buildengine.client.progress.Step;
import org.buildengine.client.progress.StepListener;
import org.buildengine.client.progress.Steps;
import org.buildengine.client.telemetry.TelemetryListener;
import org.jspecify.annotations.Nullable;

/**
 * The live tree. A thread of its own draws, after a change and once a second while something runs, but not more often than
 * twelve times a second; whoever tells it of a change never waits for the terminal. Who prints lines does, once
 * many wait: a terminal that is slow slows the program that prints to it, as it does without us.
 *
 * <p>Nothing is opened before something is to be drawn. A terminal that goes away ends the display and nothing else.
 */
final class LiveProgress implements ProgressDisplay {
    private static final System.Logger LOG = System.getLogger(LiveProgress.class.getName());
    private static final Duration FRAME = Duration.ofMillis(80);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final Duration LAST_FRAME = Duration.ofSeconds(5);
    private static final int MANY_LINES = 4096;

    private final Steps steps;
    private final BiFunction<Steps, Runnable, Screen> opener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition drawn = lock.newCondition();
    private List<String> above = new ArrayList<>();
    private String prompt = "";
    private @Nullable Thread thread;
    private int running;
    private boolean dirty;
    private boolean ended;

    /**
     * Makes a display.
     *
     * @param opener opens the screen when there is something to draw, on the thread that draws; what it gets besides the
     *     steps asks for a frame
     * @param everything whether calls that only describe something are shown too
     */
    LiveProgress(BiFunction<Steps, Runnable, Screen> opener, boolean everything) {
        this.opener = opener;
        this.steps = new Steps(new Changes(), everything);
    }

    @Override
    public TelemetryListener listener() {
        return steps;
    }

    @Override
    public void print(List<String> lines) {
        print(lines, "");
    }

    /**
     * Prints what a program says.
     *
     * @param lines complete lines
     * @param rest what it said after the last of them
     */
    void print(List<String> lines, String rest) {
        lock.lock();
        try {
            while (above.size() >= MANY_LINES && !ended) {
                drawn.awaitNanos(TICK.toNanos());
            }
            if (ended) {
                return;
            }
            above.addAll(lines);
            prompt = rest;
            change(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void finish() {
        Thread drawing;
        lock.lock();
        try {
            ended = true;
            drawing = thread;
            changed.signalAll();
            drawn.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (drawing != null && !drawing.join(LAST_FRAME)) {
                LOG.log(System.Logger.Level.DEBUG, "the terminal takes nothing");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** To be called with the lock held. */
    private void change(int more) {
        running += more;
        dirty = true;
        if (thread == null && !ended) {
            thread = Thread.ofPlatform().daemon().name("display").start(this::draw);
        }
        changed.signalAll();
    }

    private void wake() {
        lock.lock();
        try {
            change(0);
        } finally {
            lock.unlock();
        }
    }

    private void draw() {
        try {
            Screen screen = opener.apply(steps, this::wake);
            long next = System.nanoTime();
            while (await(next)) {
                next = System.nanoTime() + FRAME.toNanos();
                Said said = take();
                screen.frame(said.lines(), said.rest());
            }
            Said said = take();
            screen.last(said.rest().isEmpty() ? said.lines() : joined(said));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | IOError e) {
            LOG.log(System.Logger.Level.DEBUG, "the terminal cannot be drawn on", e);
        } finally {
            giveUp();
        }
    }

    /** Waits until a frame is due; false when there is no more to come. */
    private boolean await(long earliest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long deadline = System.nanoTime() + (running > 0 ? TICK : IDLE).toNanos();
            while (!dirty && !ended && deadline - System.nanoTime() > 0) {
                changed.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
            while (!ended && above.size() < MANY_LINES / 2 && earliest - System.nanoTime() > 0) {
                changed.await(earliest - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    private record Said(List<String> lines, String rest) {}

    private Said take() {
        lock.lock();
        try {
            Said said = new Said(above, prompt);
            above = new ArrayList<>();
            dirty = false;
            drawn.signalAll();
            return said;
        } finally {
            lock.unlock();
        }
    }

    private static List<String> joined(Said said) {
        List<String> lines = new ArrayList<>(said.lines());
        lines.add(said.rest());
        return lines;
    }

    private void giveUp() {
        lock.lock();
        try {
            ended = true;
            above = new ArrayList<>();
            drawn.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private final class Changes implements StepListener {
        @Override
        public void began(Step step) {
            tell(1);
        }

        @Override
        public void printed(Step step, List<String> lines) {
            tell(0);
        }

        @Override
        public void ended(Step step) {
            tell(-1);
        }

        private void tell(int more) {
            lock.lock();
            try {
                change(more);
            } finally {
                lock.unlock();
            }
        }
    }
}
