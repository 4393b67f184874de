package org.buildengine.server.telemetry;

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

/**
 * Makes spans of what is asked: one for the request, below it one for each call. A call that only describes work ends at
 * once and is marked as pending; the work appears later as a span of its own, linked to it ({@link WorkSpans}). A call
 * that was shown to the client before is not shown again.
 *
 * <p>The threads that resolve fields only note what happened and when; everything else is put off. A call that is over
 * by then is written once, with its end.
 */
public final class TracingObserver implements FieldObserver {
    private final Function<DaggerClient, ClientTelemetry> telemetry;

    public TracingObserver(Function<DaggerClient, ClientTelemetry> telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public Observation operation(DaggerClient client, String operation, Map<String, String> headers) {
        Optional<SpanRef> parent = SpanRef.parse(headers.getOrDefault("traceparent", ""));
        return Request.start(telemetry.apply(client), parent);
    }

    /** The span of a request; the parent of the spans of its calls and of the work that they cause. */
    record Request(ClientTelemetry telemetry, LiveSpan span) implements Observation {
        static Request start(ClientTelemetry telemetry, Optional<SpanRef> parent) {
            LiveSpan span = LiveSpan.start(Scope.SERVER, "POST /query", parent, telemetry.time());
            telemetry.later(() -> telemetry.write(span.attribute(Attributes.UI_PASSTHROUGH, true)));
            return new Request(telemetry, span);
        }

        @Override
        public Observation field(FieldStart start) {
            var field = new Field(this);
            Instant at = telemetry.time();
            telemetry.later(() -> field.start(start, at));
            return field;
        }

        @Override
        public void ended(FieldEnd end) {
            Instant at = telemetry.time();
            telemetry.later(() -> telemetry.write(span.succeeded().end(at)));
        }

        @Override
        public Optional<String> origin(Throwable error) {
            return telemetry.now(() -> {
                LiveSpan work = workOf(error)
                        .flatMap(vertex -> telemetry.callOf(vertex.recipe()))
                        .orElse(span);
                return Optional.of(work.ref().toString());
            });
        }
    }

    /** A call; without a span if the client has seen it before. */
    private static final class Field implements Observation {
        private final Request request;
        private final ClientTelemetry telemetry;
        private Optional<Shown> shown = Optional.empty();
        /** Set by the thread that resolves the field. */
        private volatile boolean over;

        private record Shown(Digest call, LiveSpan span) {}

        private Field(Request request) {
            this.request = request;
            this.telemetry = request.telemetry();
        }

        private void start(FieldStart start, Instant at) {
            Digest receiver = start.receiver().digest();
            Digest call = CallNames.digest(receiver, start);
            if (telemetry.seen(call)) {
                return;
            }
            Optional<Digest> maker = telemetry.makerOf(receiver);
            byte[] message = CallNames.encode(start, call, maker);
            LiveSpan span = LiveSpan.start(
                            Scope.CORE, start.name(), Optional.of(request.span().ref()), at)
                    .attribute(Attributes.DAG_DIGEST, call)
                    .attribute(Attributes.DAG_INPUTS, maker.stream().toList())
                    .attribute(Attributes.DAG_CALL, Base64.getEncoder().encodeToString(message));
            shown = Optional.of(new Shown(call, span));
            if (!over) {
                telemetry.write(span);
            }
        }

        @Override
        public Observation field(FieldStart start) {
            return request.field(start);
        }

        @Override
        public void ended(FieldEnd end) {
            Instant at = telemetry.time();
            over = true;
            telemetry.later(() -> shown.ifPresent(mine -> end(mine, end, at)));
        }

        private void end(Shown mine, FieldEnd end, Instant at) {
            end.object().ifPresent(object -> made(mine, object));
            end.error().ifPresent(error -> fail(mine.span(), error));
            telemetry.write(mine.span().end(at));
        }

        private void made(Shown mine, CoreObject object) {
            Digest digest = object.digest();
            telemetry.made(mine.call(), digest);
            mine.span().attribute(Attributes.DAG_OUTPUT, digest);
            if (object instanceof LazyObject lazy) {
                lazy.work()
                        .map(Vertex::recipe)
                        .filter(recipe -> telemetry.callOf(recipe).isEmpty())
                        .ifPresent(recipe -> {
                            mine.span().attribute(Attributes.DAG_PENDING, true);
                            telemetry.standsFor(recipe, mine.span());
                        });
            }
        }

        private void fail(LiveSpan span, Throwable error) {
            span.failed(String.valueOf(error.getMessage()));
            workOf(error)
                    .flatMap(vertex -> telemetry.callOf(vertex.recipe()))
                    .filter(origin -> !origin.equals(span))
                    .ifPresent(origin -> span.origin(origin.ref()));
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
}
