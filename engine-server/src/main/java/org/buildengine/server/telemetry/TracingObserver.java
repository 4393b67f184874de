package org.buildengine.server.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.buildengine.server.DaggerClient;
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
 */
public final class TracingObserver implements FieldObserver {
    private final Function<DaggerClient, ClientTelemetry> telemetry;

    public TracingObserver(Function<DaggerClient, ClientTelemetry> telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public Observation operation(DaggerClient client, String operation, Map<String, String> headers) {
        ClientTelemetry mine = telemetry.apply(client);
        Context parent = W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, HEADERS);
        Span span = mine.tracer(Scope.SERVER)
                .spanBuilder("POST /query")
                .setParent(parent)
                .setAttribute(Attributes.UI_PASSTHROUGH, true)
                .startSpan();
        return new Request(mine, span);
    }

    /** The span of a request; the parent of the spans of its calls and of the work that they cause. */
    record Request(ClientTelemetry telemetry, Span span) implements Observation {
        @Override
        public Observation field(FieldStart start) {
            Digest call = CallNames.digest(start);
            if (telemetry.seen(call)) {
                return new Known(this);
            }
            Optional<Digest> maker = telemetry.makerOf(start.receiver());
            Span field = telemetry
                    .tracer(Scope.CORE)
                    .spanBuilder(start.name())
                    .setParent(Context.root().with(span))
                    .setAttribute(Attributes.DAG_DIGEST, call.toString())
                    .setAttribute(
                            Attributes.DAG_INPUTS,
                            maker.stream().map(Digest::toString).toList())
                    .setAttribute(
                            Attributes.DAG_CALL,
                            Base64.getEncoder().encodeToString(CallNames.encode(start, call, maker)))
                    .startSpan();
            return new Field(this, call, field);
        }

        @Override
        public void ended(FieldEnd end) {
            span.setStatus(StatusCode.OK);
            span.end();
        }

        @Override
        public Optional<String> origin(Throwable error) {
            return workOf(error)
                    .flatMap(vertex -> telemetry.callOf(vertex.recipe()))
                    .or(() -> Optional.of(span.getSpanContext()))
                    .map(context -> context.getTraceId() + "-" + context.getSpanId());
        }
    }

    /** The span of a call. */
    private record Field(Request request, Digest call, Span span) implements Observation {
        @Override
        public Observation field(FieldStart start) {
            return request.field(start);
        }

        @Override
        public void ended(FieldEnd end) {
            end.object().ifPresent(object -> {
                request.telemetry().made(call, object.digest());
                span.setAttribute(Attributes.DAG_OUTPUT, object.digest().toString());
                if (object instanceof LazyObject lazy) {
                    lazy.work().ifPresent(this::pending);
                }
            });
            end.error().ifPresent(this::fail);
            span.end();
        }

        private void pending(Vertex work) {
            ClientTelemetry telemetry = request.telemetry();
            if (telemetry.callOf(work.recipe()).isEmpty()) {
                span.setAttribute(Attributes.DAG_PENDING, true);
                telemetry.standsFor(work.recipe(), span);
            }
        }

        private void fail(Throwable error) {
            span.setStatus(StatusCode.ERROR, String.valueOf(error.getMessage()));
            workOf(error)
                    .flatMap(vertex -> request.telemetry().callOf(vertex.recipe()))
                    .filter(origin -> !origin.equals(span.getSpanContext()))
                    .ifPresent(origin -> span.addLink(
                            origin,
                            io.opentelemetry.api.common.Attributes.of(
                                    Attributes.LINK_PURPOSE, Attributes.ERROR_ORIGIN)));
        }

        @Override
        public Optional<String> origin(Throwable error) {
            return request.origin(error);
        }
    }

    /** A call that the client has seen before: its children are observed, itself is not. */
    private record Known(Request request) implements Observation {
        @Override
        public Observation field(FieldStart start) {
            return request.field(start);
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
}
