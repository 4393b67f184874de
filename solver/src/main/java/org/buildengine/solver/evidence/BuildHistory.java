package org.buildengine.solver.evidence;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.op.Vertex;

/**
 * Writes down what was decided about the steps of builds. Whoever decides only queues it; one thread does the rest, so that
 * nobody waits for the disk, unless the queue is full. Safe for use by several threads.
 */
public final class BuildHistory implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(BuildHistory.class.getName());

    /** So many decisions are written at once while more wait to be. */
    private static final int TOGETHER = 64;

    /** So long after a decision it is written, and others with it, unless somebody asks before or its build ends. */
    private static final Duration GATHERING = Duration.ofMillis(50);

    private final Snapshotter snapshotter;

    /** As they are written. */
    private final BuildRows written;

    /** With those that are not written yet. Touched by the background thread only. */
    private final WriteBehind rows;

    private final Decisions decisions;
    private final RunEnds ends;
    private final Retention retention;
    private final InstantSource clock;
    private final Background background;
    private final EventLogs logs;

    /** The number of the last build of earlier runs of the engine. */
    private final long earlier;

    private final AtomicLong lastNumber;

    /** The builds that have not ended, by number. Touched by the background thread only. */
    private final Map<Long, BuildState> lasting = new TreeMap<>();

    /** The builds of which nothing is written yet, and that have not ended, by number. */
    private final Map<Long, Build> silent = new ConcurrentSkipListMap<>();

    private BuildHistory(
            Snapshotter snapshotter,
            InstantSource clock,
            int keptBuilds,
            EventLogs logs,
            long lastNumber,
            int together) {
        this.snapshotter = snapshotter;
        this.written = snapshotter.buildRows();
        this.rows = new WriteBehind(written);
        this.background = new Background("evidence", Background.USUAL, GATHERING, together, rows::flush);
        var steps = new StepTable(rows);
        this.decisions = new Decisions(snapshotter, rows, steps, this::lasts);
        this.ends = new RunEnds(steps, lasting::values);
        this.retention = new Retention(written, snapshotter.results(), logs, keptBuilds);
        this.clock = clock;
        this.logs = logs;
        this.earlier = lastNumber;
        this.lastNumber = new AtomicLong(lastNumber);
    }

    /**
     * Goes on with the history in a store.
     *
     * @param keptBuilds how many builds are kept
     * @param logs what the runs of builds print, which goes with them
     */
    public static BuildHistory open(Snapshotter snapshotter, InstantSource clock, int keptBuilds, EventLogs logs)
            throws IOException {
        return open(snapshotter, clock, keptBuilds, logs, TOGETHER);
    }

    /** The same, which writes so many decisions at once at most. */
    static BuildHistory open(Snapshotter snapshotter, InstantSource clock, int keptBuilds, EventLogs logs, int together)
            throws IOException {
        long last = snapshotter
                .buildRows()
                .lastKey(Kind.BUILD)
                .map(key -> ByteBuffer.wrap(key).getLong())
                .orElse(0L);
        // after a loss of power there may be a log whose build is not known
        var history = new BuildHistory(snapshotter, clock, keptBuilds, logs, Math.max(last, logs.last()), together);
        history.later(history::recover);
        return history;
    }

    /**
     * A build that begins. It is kept once something is decided about what it asks for, and known as long as it lasts.
     *
     * @param whyEnded asked when it ends: why what still runs is cancelled
     */
    public BuildLog begin(String id, Supplier<Cancellation> whyEnded) {
        long number = lastNumber.incrementAndGet();
        var log = new BuildLog(this, number, id, logs.begin(number), clock, whyEnded);
        silent.put(number, new Build(number, id, log.started(), Optional.empty(), false));
        return log;
    }

    /** Reads what was written, after all that was decided before the call. */
    public HistoryReader read() throws IOException {
        settle();
        return new HistoryReader(snapshotter, new StepTable(written), earlier, () -> List.copyOf(silent.values()));
    }

    /** The numbers of the steps of a build. */
    public StepNumbers numbers(Build build) {
        return new StepNumbers(this, written, build);
    }

    /** Waits until all is written that was decided before the call. */
    void settle() throws IOException {
        background.settle();
    }

    private void recover() throws IOException {
        var steps = new StepTable(written);
        new Recovery(snapshotter, steps).apply(new HistoryReader(snapshotter, steps, earlier, List::of).builds());
    }

    void later(Background.Task task) {
        background.add(task);
    }

    /** The same for what is the last of its build. */
    void last(Background.Task task) {
        background.add(task);
        background.hurry();
    }

    /** The state of a build of which something is written for the first time. */
    BuildState register(long number, String id, Instant started) throws IOException {
        var state = new BuildState(rows, id, number, started);
        var build = new Build(state.number(), id, started, Optional.empty(), false);
        rows.write(List.of(Change.put(Kind.BUILD, build.key(), build.encode())));
        try {
            rows.flush(); // or who lists builds now would find it nowhere
            silent.remove(number);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "build {0} is not written yet: {1}", id, e.getMessage());
        }
        lasting.put(number, state);
        return state;
    }

    /** A build ended about which nothing was decided: there is nothing to keep. */
    void forget(long number) {
        silent.remove(number);
    }

    private boolean lasts(String id) {
        return lasting.values().stream().anyMatch(build -> build.id().equals(id));
    }

    void remembered(BuildState build, Instant at, Vertex vertex, Lookup how, long result) throws IOException {
        decisions.remembered(build, at, vertex, how, result);
    }

    void missed(BuildState build, Instant at, Vertex vertex, Miss miss) throws IOException {
        ends.begins(build, vertex.recipe(), miss);
        decisions.ran(build, at, vertex, miss);
    }

    RunEnds ends() {
        return ends;
    }

    /** A build ends. */
    void ended(BuildState build, Instant at) throws IOException {
        var ended = new Build(build.number(), build.id(), build.started(), Optional.of(at), false);
        rows.write(List.of(Change.put(Kind.BUILD, ended.key(), ended.encode())));
        try {
            rows.flush();
            retention.apply(lasting.keySet());
        } finally {
            lasting.remove(build.number());
            silent.remove(build.number());
        }
    }

    /** Whether no more than these many steps of a build are kept, so that others may have followed. */
    public static boolean isFull(int steps) {
        return Decisions.isFull(steps);
    }

    /** Writes what is queued. Nothing is taken any more; closing twice does nothing. */
    @Override
    public void close() {
        try {
            background.settle();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the last evidence was not written: {0}", e.getMessage());
        }
        background.close();
    }
}
