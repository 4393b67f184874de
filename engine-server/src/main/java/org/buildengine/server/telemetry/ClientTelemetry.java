package org.buildengine.server.telemetry;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.buildengine.snapshotter.Digest;

/**
 * The telemetry of one client: its logs of rows, and which span stands for which piece of work. What is told about a
 * request is put off until the request is likely to be answered ({@link #later}). {@link #subscribe}, {@link #seal} and
 * {@link #close} are for any thread, everything else is for work given to {@link #later} or {@link #now}, which do one
 * piece at a time. {@link #seal} lets subscribers end; {@link #close} drops the files.
 */
public final class ClientTelemetry implements Closeable {
    private final RowLog spans;
    private final RowLog logs;
    private final RowLog metrics;
    private final InstantSource clock;
    private final Backlog backlog = new Backlog();
    private final Map<Digest, LiveSpan> callsByWork = new HashMap<>();
    private final Set<Digest> seenCalls = new HashSet<>();
    private final Map<Digest, Digest> makers = new HashMap<>();
    private final Set<Digest> executed = new HashSet<>();

    /**
     * Empty telemetry.
     *
     * @param directory where the logs lie; made if missing
     * @param name part of the file names, unique in the directory
     */
    public ClientTelemetry(Path directory, String name, InstantSource clock) throws IOException {
        this.spans = new RowLog(directory.resolve(name + ".spans"));
        this.logs = new RowLog(directory.resolve(name + ".logs"));
        this.metrics = new RowLog(directory.resolve(name + ".metrics"));
        this.clock = clock;
    }

    /** A new subscription, from the first row on. */
    public EventReader subscribe(Signal signal) {
        RowLog log = switch (signal) {
            case TRACES -> spans;
            case LOGS -> logs;
            case METRICS -> metrics;
        };
        return new EventReader(signal, log.reader());
    }

    /** Does {@code work} a moment later, in the order of the calls. For any thread. */
    void later(Runnable work) {
        backlog.later(work);
    }

    /** Does what was put off, then {@code work}. For any thread. */
    <T> T now(Supplier<T> work) {
        return backlog.now(work);
    }

    /** The time, for any thread. */
    Instant time() {
        return clock.instant();
    }

    /**
     * Adds the span as it is now. It is written when it starts and again when it ends; readers merge the attributes of
     * what has the same id, and take the rest from the last.
     */
    void write(LiveSpan span) {
        spans.append(Rows.of(span.scope(), span.message()));
    }

    /** Notes that {@code call} made {@code object}: it is not shown again, and is named as the origin of the object. */
    void made(Digest call, Digest object) {
        seenCalls.add(call);
        makers.putIfAbsent(object, call);
    }

    /** The first call that made the object, if this client saw one. */
    Optional<Digest> makerOf(Digest object) {
        return Optional.ofNullable(makers.get(object));
    }

    /** Whether the call has been shown. */
    boolean seen(Digest call) {
        return seenCalls.contains(call);
    }

    /** Lets {@code span} stand for the work with this recipe, unless another one does already. */
    void standsFor(Digest recipe, LiveSpan span) {
        callsByWork.putIfAbsent(recipe, span);
    }

    /** The span of the call that described the work with this recipe. */
    Optional<LiveSpan> callOf(Digest recipe) {
        return Optional.ofNullable(callsByWork.get(recipe));
    }

    /** Notes that the work with this recipe was run for this client, which is thus not told that it was remembered. */
    void ran(Digest recipe) {
        executed.add(recipe);
    }

    /** Whether it was. */
    boolean hasRun(Digest recipe) {
        return executed.contains(recipe);
    }

    /** Adds output of a step to the log. */
    void output(SpanRef span, int stream, String text) {
        logs.append(LogRecords.output(span, stream, clock.instant(), text));
    }

    /** Says that a stream of a step has ended. */
    void endOfOutput(SpanRef span, int stream) {
        logs.append(LogRecords.end(span, stream, clock.instant()));
    }

    /** No more rows: subscribers read what is there and end. */
    public void seal() {
        now(() -> {
            spans.seal();
            logs.seal();
            metrics.seal();
            return true;
        });
    }

    @Override
    public void close() throws IOException {
        try (spans;
                logs;
                metrics) {
            seal();
        }
    }
}
