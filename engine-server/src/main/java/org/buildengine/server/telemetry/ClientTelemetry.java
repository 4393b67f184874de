package org.buildengine.server.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
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
import org.buildengine.solver.events.OutputPiece;

/**
 * The telemetry of one client: its logs of rows, its tracers, and which span stands for which piece of work. What is told about a
 * request is put off until the request is likely to be answered ({@link #later}) and somebody has subscribed. {@link #subscribe}, {@link #seal} and
 * {@link #close} are for any thread, everything else is for work given to {@link #later} or {@link #now}, which do one
 * piece at a time. {@link #seal} lets subscribers end; {@link #close} drops the files.
 */
public final class ClientTelemetry implements Closeable {
    private final RowLog spans;
    private final RowLog logs;
    private final RowLog metrics;
    private final OutputSources outputs = new OutputSources();
    private final SpanRows spanRows;
    private final SdkTracerProvider tracers;
    private final InstantSource clock;
    private final Backlog backlog = new Backlog();
    private final Map<Digest, ReadableSpan> callsByWork = new HashMap<>();
    private final Set<Digest> seenCalls = new HashSet<>();
    private final Map<Digest, Digest> makers = new HashMap<>();
    private final Set<Digest> executed = new HashSet<>();

    /**
     * Empty telemetry.
     *
     * @param directory where the logs lie, which exists
     * @param name part of the file names, unique in the directory
     */
    public ClientTelemetry(Path directory, String name, InstantSource clock) {
        this.spans = new RowLog(directory.resolve(name + ".spans"));
        this.logs = new RowLog(directory.resolve(name + ".logs"));
        this.metrics = new RowLog(directory.resolve(name + ".metrics"));
        this.spanRows = new SpanRows(spans);
        this.tracers = SdkTracerProvider.builder()
                // The client shows what it asked for, also if it does not sample its own trace.
                .setSampler(Sampler.alwaysOn())
                .addSpanProcessor(spanRows)
                .build();
        this.clock = clock;
    }

    /** A new subscription, from the first row on. */
    public EventReader subscribe(Signal signal) {
        backlog.follow();
        RowLog log = switch (signal) {
            case TRACES -> spans;
            case LOGS -> logs;
            case METRICS -> metrics;
        };
        return new EventReader(signal, log.reader(), outputs);
    }

    /** Does {@code work} a moment later, in the order of the calls. For any thread. */
    void later(Runnable work) {
        backlog.later(work);
    }

    /** The same for work that keeps so many characters until it is done: much of that does not wait for a subscriber. */
    void later(Runnable work, long characters) {
        backlog.later(work, characters);
    }

    /** Does what was put off, then {@code work}. For any thread. */
    <T> T now(Supplier<T> work) {
        return backlog.now(work);
    }

    /** The time, for any thread. */
    Instant time() {
        return clock.instant();
    }

    /** Makes spans, which are written when they start and when they end. */
    Tracer tracer(Scope scope) {
        return tracers.get(scope.text());
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

    /** Lets {@code span} stand for this work, unless another one does already. */
    void standsFor(Digest work, Span span) {
        if (span instanceof ReadableSpan readable) {
            callsByWork.putIfAbsent(work, readable);
        }
    }

    /** The span of the call that described this work. */
    Optional<SpanContext> callOf(Digest work) {
        return Optional.ofNullable(callsByWork.get(work)).map(ReadableSpan::getSpanContext);
    }

    /** Its name, e.g. {@code Container.withExec}. */
    Optional<String> callName(Digest work) {
        return Optional.ofNullable(callsByWork.get(work)).map(ReadableSpan::getName);
    }

    /** Notes that this work was run for this client, which is thus not told that it was remembered. */
    void ran(Digest work) {
        executed.add(work);
    }

    /** Marks the call that described this work as remembered, unless the work was run for this client. */
    void remembered(Digest work) {
        ReadableSpan call = callsByWork.get(work);
        if (call != null && !executed.contains(work)) {
            spanRows.mark(call, Attributes.DAG_CACHED);
        }
    }

    /** Adds output of a step: where it lies if that is in the log of a build, else its bytes. */
    void output(SpanContext span, OutputPiece piece) {
        boolean kept = piece.place().filter(place -> outputs.open(place.log())).isPresent();
        logs.append(LogRecords.head(span, piece, kept), kept ? LogRecords.reference(piece) : piece.bytes());
    }

    /** Says that a stream of a step has ended. */
    void endOfOutput(SpanContext span, int stream) {
        logs.append(LogRecords.end(span, stream, clock.instant()));
    }

    /** No more rows: subscribers read what is there and end. */
    public void seal() {
        backlog.finish(() -> {
            spans.seal();
            logs.seal();
            metrics.seal();
        });
    }

    @Override
    public void close() throws IOException {
        try (spans;
                logs;
                metrics;
                outputs;
                tracers) {
            seal();
        }
    }
}
