package org.buildengine.server.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.core.CoreObject;
import org.buildengine.server.core.LazyObject;
import org.buildengine.server.graphql.FieldObserver;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of what is asked: one for the request, below it one for each call. A call that only describes work ends at
 * once and is marked as pending; the work appears later as a span of its own, linked to it ({@link WorkSpans}). A call
 * that was shown to the client before is not shown again.
 *
 * <p>The threads that resolve fields only note what happened and when; everything else is put off. A call that is over
 * by then is written once, with its end.
 */
public final class TracingObserver implements FieldObserver {
    private static final TextMapGetter<Map<String, String>> HEADERS = new TextMapGetter<>() {
        @Override
        @SuppressWarnings("deprecation") // still abstract
        public Iterable<String> keys(Map<String, String> headers) {
            return headers.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> headers, String key) {
            return headers == null ? null : headers.get(key);
        }
    };

    private final Function<DaggerClient, ClientTelemetry> telemetry;

    public TracingObserver(Function<DaggerClient, ClientTelemetry> telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public Observation operation(DaggerClient client, String operation, Map<String, String> headers) {
        return Request.start(telemetry.apply(client), headers);
    }

    /** The span of a request; the parent of the spans of its calls and of the work that they cause. */
    static final class Request implements Observation {
        private final ClientTelemetry telemetry;
        /** Started by the first piece of work that the request puts off; only for such work. */
        private Span span = Span.getInvalid();

        private Request(ClientTelemetry telemetry) {
            this.telemetry = telemetry;
        }

        /** Starts below the span that the headers name, or in a trace of its own. */
        static Request start(ClientTelemetry telemetry, Map<String, String> headers) {
            var request = new Request(telemetry);
            Instant at = telemetry.time();
            telemetry.later(() -> request.start(headers, at));
            return request;
        }

        private void start(Map<String, String> headers, Instant at) {
            span = telemetry
                    .tracer(Scope.SERVER)
                    .spanBuilder("POST /query")
                    .setParent(W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HEADERS))
                    .setStartTimestamp(at)
                    .setAttribute(Attributes.UI_PASSTHROUGH, true)
                    .startSpan();
        }

        ClientTelemetry telemetry() {
            return telemetry;
        }

        /** The context of what is below the request; for work that was put off. */
        Context context() {
            return Context.root().with(span);
        }

        @Override
        public Observation field(FieldStart start) {
            var field = new Field(this, CallNames.characters(start));
            Instant at = telemetry.time();
            telemetry.later(() -> field.start(start, at), field.characters);
            return field;
        }

        @Override
        public void ended(FieldEnd end) {
            Instant at = telemetry.time();
            telemetry.later(() -> span.setStatus(StatusCode.OK).end(at));
        }

        @Override
        public Optional<String> origin(Throwable error) {
            return telemetry.now(() -> {
                SpanContext work = workOf(error)
                        .flatMap(vertex -> telemetry.callOf(vertex.demanded()))
                        .orElseGet(span::getSpanContext);
                return Optional.of(work.getTraceId() + "-" + work.getSpanId());
            });
        }
    }

    /** A call; without a span if the client has seen it before. */
    private static final class Field implements Observation {
        private final Request request;
        private final ClientTelemetry telemetry;
        /** Of the arguments, and so of the object, which may keep them. */
        private final long characters;

        private Optional<Shown> shown = Optional.empty();
        /** Set by the thread that resolves the field. */
        private volatile boolean over;

        private record Shown(Digest call, Span span) {}

        private Field(Request request, long characters) {
            this.request = request;
            this.telemetry = request.telemetry();
            this.characters = characters;
        }

        private void start(FieldStart start, Instant at) {
            Digest receiver = start.receiver().digest();
            Digest call = CallNames.digest(receiver, start);
            if (telemetry.seen(call)) {
                return;
            }
            Optional<Digest> maker = telemetry.makerOf(receiver);
            byte[] message = CallNames.encode(start, call, maker);
            Span span = telemetry
                    .tracer(Scope.CORE)
                    .spanBuilder(start.name())
                    .setParent(over ? SpanRows.ended(request.context()) : request.context())
                    .setStartTimestamp(at)
                    .setAttribute(Attributes.DAG_DIGEST, call.toString())
                    .setAttribute(
                            Attributes.DAG_INPUTS,
                            maker.stream().map(Digest::toString).toList())
                    .setAttribute(Attributes.DAG_CALL, Base64.getEncoder().encodeToString(message))
                    .startSpan();
            shown = Optional.of(new Shown(call, span));
        }

        @Override
        public Observation field(FieldStart start) {
            return request.field(start);
        }

        @Override
        public void ended(FieldEnd end) {
            Instant at = telemetry.time();
            over = true;
            telemetry.later(() -> shown.ifPresent(mine -> end(mine, end, at)), characters);
        }

        private void end(Shown mine, FieldEnd end, Instant at) {
            end.object().ifPresent(object -> made(mine, object));
            end.error().ifPresent(error -> fail(mine.span(), error));
            mine.span().end(at);
        }

        private void made(Shown mine, CoreObject object) {
            Digest digest = object.digest();
            telemetry.made(mine.call(), digest);
            mine.span().setAttribute(Attributes.DAG_OUTPUT, digest.toString());
            if (object instanceof LazyObject lazy) {
                lazy.work()
                        .map(Vertex::demanded)
                        .filter(work -> telemetry.callOf(work).isEmpty())
                        .ifPresent(work -> {
                            mine.span().setAttribute(Attributes.DAG_PENDING, true);
                            telemetry.standsFor(work, mine.span());
                        });
            }
        }

        private void fail(Span span, Throwable error) {
            if (wasCancelled(error)) {
                span.setStatus(StatusCode.ERROR, "cancelled").setAttribute(Attributes.DAG_CANCELED, true);
                return;
            }
            span.setStatus(StatusCode.ERROR, String.valueOf(error.getMessage()));
            workOf(error)
                    .flatMap(vertex -> telemetry.callOf(vertex.demanded()))
                    .filter(origin -> !origin.equals(span.getSpanContext()))
                    .ifPresent(origin -> span.addLink(origin, Attributes.ERROR_ORIGIN));
        }

        @Override
        public Optional<String> origin(Throwable error) {
            return request.origin(error);
        }
    }

    private static Optional<Vertex> workOf(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SolveException failure) {
                return failure.origin();
            }
        }
        return Optional.empty();
    }

    private static boolean wasCancelled(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException
                    || (cause instanceof SolveException failure && failure.kind() == SolveException.Kind.CANCELLED)) {
                return true;
            }
        }
        return false;
    }
}
