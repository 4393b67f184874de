package org.buildengine.solver.events;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.buildengine.snapshotter.Digest;
import org.jspecify.annotations.Nullable;

/**
 * The log of one build. It is written as long as the build or one of its runs lasts; there is no file before the first run.
 * Nothing of it is in the heap. Safe for use by several threads; they wait for each other while one writes.
 */
public final class EventLog {
    private static final System.Logger LOG = System.getLogger(EventLog.class.getName());

    /** What a file begins with; the last byte is the version of the format. */
    static final byte[] MAGIC = "events\0\1".getBytes(StandardCharsets.ISO_8859_1);

    private final long number;
    private final Path path;
    private final LogFile.Opener opener;
    private final Consumer<EventLog> whenDone;

    /** Held while the file is written. */
    private final ReentrantLock writing = new ReentrantLock();

    private @Nullable LogFile file;
    private boolean warned;

    /** Guards what follows; never held while a file is touched. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition grown = lock.newCondition();
    private long end;
    /** Of a log that is only read. */
    private Optional<String> failure = Optional.empty();

    /** Runs of which something is missing at the end, with why it could not be written. */
    private final Map<Event.Began, String> unwritten = new LinkedHashMap<>();

    private int runs;
    private int running;
    private boolean closed;

    /** The log of a build that begins; {@code whenDone} hears when nothing more is going to be written. */
    EventLog(long number, Path path, LogFile.Opener opener, Consumer<EventLog> whenDone) {
        this.number = number;
        this.path = path;
        this.opener = opener;
        this.whenDone = whenDone;
    }

    /** The log of a build that has ended, to be read only; {@code failure} is why its end could not be written, if so. */
    static EventLog kept(long number, Path path, Optional<String> failure) throws IOException {
        var log = new EventLog(number, path, LogFile::onDisk, _ -> {});
        log.failure = failure;
        log.end = Files.size(path);
        log.closed = true;
        return log;
    }

    /** The number of the build. */
    public long number() {
        return number;
    }

    /** Keeps the log from being done until the end of a run that is going to begin; the number of that run, unless it is done already. */
    public OptionalInt reserve() {
        lock.lock();
        try {
            if (isDone()) {
                return OptionalInt.empty();
            }
            running++;
            return OptionalInt.of(++runs);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A run begins, for which a place was reserved.
     *
     * @param number of that place
     * @param recipe what was asked for
     * @param producer the key under which it runs
     * @param name for people
     * @param clock tells when output comes
     */
    public RunLog begin(int number, Digest recipe, Digest producer, String name, Instant at, InstantSource clock) {
        var run = new RunLog(clock);
        keep(run, number, recipe, producer, name, at);
        return run;
    }

    /**
     * From now on has what a run prints for which a place was reserved, and which is in no log: what it has printed so far is
     * missing, and counted. A run that is over leaves its place; otherwise as {@link #begin}.
     */
    public void keep(RunLog run, int number, Digest recipe, Digest producer, String name, Instant at) {
        if (!run.goesTo(this, new Event.Began(number, at, recipe, producer, name))) {
            ended();
        }
    }

    /** Adds whole frames of a run. Returns where they begin, or a negative number if they could not be written. */
    long append(Event.Began run, byte[] frames) {
        writing.lock();
        try {
            long start = end();
            if (file == null) {
                file = opener.open(path);
            }
            if (start == 0) {
                file.write(0, MAGIC);
                start = MAGIC.length;
            }
            file.write(start, frames);
            grow(run, start + frames.length);
            return start;
        } catch (IOException e) {
            lose(run, e);
            return -1;
        } finally {
            writing.unlock();
        }
    }

    private void lose(Event.Began run, IOException why) {
        String text = String.valueOf(why.getMessage());
        lock.lock();
        try {
            unwritten.put(run, text);
        } finally {
            lock.unlock();
        }
        if (!warned) {
            warned = true;
            LOG.log(Level.WARNING, "output is lost, {0} cannot be written: {1}", path, text);
        }
        try {
            if (file != null) {
                file.cut(end());
            }
        } catch (IOException e) {
            // readers of this process go by the end, those of the next one stop at what is no frame
            LOG.log(Level.DEBUG, "{0} keeps a part of a frame: {1}", path, e.getMessage());
        }
    }

    private void grow(Event.Began run, long to) {
        lock.lock();
        try {
            end = to;
            if (!unwritten.isEmpty()) { // nearly never, and a run has much to hash
                unwritten.remove(run);
            }
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A run has ended, and writes no more. */
    void ended() {
        endIf(() -> running--);
    }

    /** The build has ended: no more runs begin here, and the log is done with the last of them. */
    public void close() {
        endIf(() -> closed = true);
    }

    private void endIf(Runnable change) {
        boolean done;
        lock.lock();
        try {
            boolean before = isDone();
            change.run();
            done = !before && isDone();
            grown.signalAll();
        } finally {
            lock.unlock();
        }
        if (done) {
            shut();
            whenDone.accept(this);
        }
    }

    private void shut() {
        writing.lock();
        try {
            if (file != null) {
                file.close();
                file = null;
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0} was not closed: {1}", path, e.getMessage());
        } finally {
            writing.unlock();
        }
    }

    /** Why the end of some run could not be written; empty if all that runs did so far is here, or counted. */
    public Optional<String> failure() {
        return failure(_ -> true);
    }

    /**
     * Why what some runs did last could not be written; empty if it could.
     *
     * @param runs which runs; in a log that is only read they are not told apart, those without an end in it are meant
     */
    public Optional<String> failure(Predicate<Event.Began> runs) {
        lock.lock();
        try {
            return unwritten.entrySet().stream()
                    .filter(run -> runs.test(run.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .or(() -> failure);
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing more is going to be written. */
    public boolean done() {
        return endsAt(Long.MAX_VALUE);
    }

    /** Under the lock. */
    private boolean isDone() {
        return closed && running == 0;
    }

    /** Reads what is there at this moment. The caller closes it. */
    public LogReader read() throws IOException {
        return new LogReader(this, Optional.empty(), 0, end());
    }

    /** Reads what is there at this moment of some runs. The caller closes it. */
    public LogReader read(Predicate<Event.Began> runs) throws IOException {
        return new LogReader(this, Optional.of(runs), 0, end());
    }

    /** Reads frames of which the first begins at {@code from} and the last ends at {@code to}. The caller closes it. */
    LogReader read(long from, long to) throws IOException {
        return new LogReader(this, Optional.empty(), from, to);
    }

    /** Reads what is there and what comes, to the end of the log. The caller closes it. */
    public LogReader follow() throws IOException {
        return new LogReader(this, Optional.empty(), 0, Long.MAX_VALUE);
    }

    /** Reads what is there and what comes of some runs, to the end of the log. The caller closes it. */
    public LogReader follow(Predicate<Event.Began> runs) throws IOException {
        return new LogReader(this, Optional.of(runs), 0, Long.MAX_VALUE);
    }

    /** Reads pieces by their places. The caller closes it. */
    public LogBytes bytes() throws IOException {
        return new LogBytes(path);
    }

    Path path() {
        return path;
    }

    /** Opens the file to be read. */
    LogFile open() throws IOException {
        return opener.openToRead(path);
    }

    /** How long it is. */
    long end() {
        lock.lock();
        try {
            return end;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it is longer than {@code known}, or done, but not longer than {@code patience}; returns how long it is. */
    long awaitMore(long known, Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (end <= known && !isDone() && left > 0) {
                left = grown.awaitNanos(left);
            }
            return end;
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing comes after {@code known}. */
    boolean endsAt(long known) {
        lock.lock();
        try {
            return isDone() && end <= known;
        } finally {
            lock.unlock();
        }
    }
}
