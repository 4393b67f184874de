package org.buildengine.server.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.buildengine.server.graphql.FieldObserver;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/**
 * Makes spans of what runs for one request: {@code resume <field>}, linked to the call that described the work, with the
 * output as log records on that call. Work that no call stands for (file edits in between) is not shown.
 */
public final class WorkSpans implements JobListener {
    private final ClientTelemetry telemetry;
    private final Span request;
    private final Map<Digest, Running> running = new ConcurrentHashMap<>();

    private WorkSpans(ClientTelemetry telemetry, Span request) {
        this.telemetry = telemetry;
        this.request = request;
    }

    /** A listener for the job of the request that {@code operation} observes. */
    public static JobListener below(FieldObserver.Observation operation) {
        return operation instanceof TracingObserver.Request request
                ? new WorkSpans(request.telemetry(), request.span())
                : JobListener.NONE;
    }

    /** One run: its span, and where its output goes. */
    private record Running(Span span, SpanContext call, OutputText stdout, OutputText stderr) {}

    @Override
    public void cached(Vertex vertex, long result) {
        if (shown(vertex) && !telemetry.hasRun(vertex.recipe())) {
            telemetry.mark(vertex.recipe(), Attributes.DAG_CACHED);
        }
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        if (!shown(vertex)) {
            return;
        }
        telemetry.ran(vertex.recipe());
        Optional<SpanContext> call = telemetry.callOf(vertex.recipe());
        var span = telemetry
                .tracer(Scope.RESUME)
                .spanBuilder("resume "
                        + telemetry
                                .callName(vertex.recipe())
                                .map(WorkSpans::field)
                                .orElse(vertex.toString()))
                .setParent(Context.root().with(request))
                .setStartTimestamp(at)
                .setAttribute(Attributes.UI_PASSTHROUGH, true);
        call.ifPresent(span::addLink);
        Span started = span.startSpan();
        running.put(
                vertex.recipe(),
                new Running(started, call.orElse(started.getSpanContext()), new OutputText(), new OutputText()));
    }

    @Override
    public void output(Vertex vertex, int stream, byte[] bytes) {
        Running run = running.get(vertex.recipe());
        if (run != null) {
            String text = (stream == 2 ? run.stderr() : run.stdout()).append(bytes);
            if (!text.isEmpty()) {
                telemetry.output(run.call(), stream, text);
            }
        }
    }

    @Override
    public void finished(Vertex vertex, Duration took) {
        end(vertex, span -> span.setStatus(StatusCode.OK));
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        end(vertex, span -> {
            span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
            telemetry
                    .callOf(vertex.recipe())
                    .ifPresent(call -> span.addLink(
                            call,
                            io.opentelemetry.api.common.Attributes.of(
                                    Attributes.LINK_PURPOSE, Attributes.ERROR_ORIGIN)));
        });
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        end(vertex, span -> {
            span.setStatus(StatusCode.ERROR, "cancelled");
            span.setAttribute(Attributes.DAG_CANCELED, true);
        });
    }

    private void end(Vertex vertex, Consumer<Span> outcome) {
        Running run = running.remove(vertex.recipe());
        if (run == null) {
            return;
        }
        if (vertex.op() instanceof ExecOp) {
            endOutput(run, 1, run.stdout());
            endOutput(run, 2, run.stderr());
        }
        outcome.accept(run.span());
        run.span().end();
    }

    private void endOutput(Running run, int stream, OutputText text) {
        String rest = text.end();
        if (!rest.isEmpty()) {
            telemetry.output(run.call(), stream, rest);
        }
        telemetry.endOfOutput(run.call(), stream);
    }

    private static boolean shown(Vertex vertex) {
        return vertex.op() instanceof ExecOp || vertex.op() instanceof SourceOp;
    }

    private static String field(String call) {
        return call.substring(call.indexOf('.') + 1);
    }
}
