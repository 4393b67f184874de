package org.buildengine.server.telemetry;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.snapshotter.Digest;

/**
 * The telemetry of one client: its logs of rows, its tracers, and which span stands for which piece of work. Safe for use
 * by several threads. {@link #seal} lets subscribers end; {@link #close} drops the files.
 */
public final class ClientTelemetry implements Closeable {
    private final RowLog spans;
    private final RowLog logs;
    private final RowLog metrics;
    private final SpanRows spanRows;
    private final SdkTracerProvider tracers;
    private final InstantSource clock;
    private final Map<Digest, ReadableSpan> callsByWork = new ConcurrentHashMap<>();
    private final Set<Digest> seenCalls = ConcurrentHashMap.newKeySet();
    private final Map<Digest, Digest> makers = new ConcurrentHashMap<>();
    private final Set<Digest> executed = ConcurrentHashMap.newKeySet();

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
        this.spanRows = new SpanRows(spans);
        this.tracers = SdkTracerProvider.builder().addSpanProcessor(spanRows).build();
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

    /** Lets {@code span} stand for the work with this recipe, unless another one does already. */
    void standsFor(Digest recipe, io.opentelemetry.api.trace.Span span) {
        if (span instanceof ReadableSpan readable) {
            callsByWork.putIfAbsent(recipe, readable);
        }
    }

    /** The span of the call that described the work with this recipe. */
    Optional<SpanContext> callOf(Digest recipe) {
        return Optional.ofNullable(callsByWork.get(recipe)).map(ReadableSpan::getSpanContext);
    }

    /** Its name, e.g. {@code Container.withExec}. */
    Optional<String> callName(Digest recipe) {
        return Optional.ofNullable(callsByWork.get(recipe)).map(ReadableSpan::getName);
    }

    /** Notes that the work with this recipe was run for this client, which is thus not told that it was remembered. */
    void ran(Digest recipe) {
        executed.add(recipe);
    }

    /** Whether it was. */
    boolean hasRun(Digest recipe) {
        return executed.contains(recipe);
    }

    /** Sends the span of a call once more, with one attribute added; readers merge the attributes. */
    void mark(Digest recipe, String attribute) {
        ReadableSpan call = callsByWork.get(recipe);
        if (call != null) {
            Span marked = SpanRows.encode(call.toSpanData())
                    .addAttributes(KeyValue.newBuilder().setKey(attribute).setValue(SpanRows.value(true)))
                    .build();
            spanRows.append(Scope.named(call.getInstrumentationScopeInfo().getName()), marked);
        }
    }

    /** Adds output of a step to the log. */
    void output(SpanContext span, int stream, String text) {
        logs.append(LogRecords.output(span, stream, clock.instant(), text));
    }

    /** Says that a stream of a step has ended. */
    void endOfOutput(SpanContext span, int stream) {
        logs.append(LogRecords.end(span, stream, clock.instant()));
    }

    /** No more rows: subscribers read what is there and end. */
    public void seal() {
        spans.seal();
        logs.seal();
        metrics.seal();
    }

    @Override
    public void close() throws IOException {
        seal();
        tracers.close();
        try (spans;
                logs;
                metrics) {
            callsByWork.clear();
        }
    }
}
