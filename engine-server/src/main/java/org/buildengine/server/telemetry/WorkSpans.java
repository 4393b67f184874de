package org.buildengine.server.telemetry;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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
 * output as log records on that call. Work that no call stands for (file edits in between) is not shown. Output is
 * written by whoever brings it, so that it is held back by a slow disk; everything else is put off.
 */
public final class WorkSpans implements JobListener {
    private final ClientTelemetry telemetry;
    private final SpanRef request;
    private final Map<Digest, Running> running = new HashMap<>();

    private WorkSpans(ClientTelemetry telemetry, SpanRef request) {
        this.telemetry = telemetry;
        this.request = request;
    }

    /** A listener for the job of the request that {@code operation} observes. */
    public static JobListener below(FieldObserver.Observation operation) {
        return operation instanceof TracingObserver.Request request
                ? new WorkSpans(request.telemetry(), request.span().ref())
                : JobListener.NONE;
    }

    /** One run: its span, and where its output goes. */
    private record Running(LiveSpan span, SpanRef call, OutputText stdout, OutputText stderr) {}

    @Override
    public void cached(Vertex vertex, long result) {
        if (shown(vertex)) {
            telemetry.later(() -> mark(vertex.recipe()));
        }
    }

    /** Sends the span of a call once more. */
    private void mark(Digest recipe) {
        if (!telemetry.hasRun(recipe)) {
            telemetry
                    .callOf(recipe)
                    .ifPresent(call -> telemetry.write(call.copy().attribute(Attributes.DAG_CACHED, true)));
        }
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        if (shown(vertex)) {
            telemetry.later(() -> start(vertex, at));
        }
    }

    private void start(Vertex vertex, Instant at) {
        telemetry.ran(vertex.recipe());
        Optional<LiveSpan> call = telemetry.callOf(vertex.recipe());
        String name = call.map(LiveSpan::name).map(WorkSpans::field).orElseGet(vertex::toString);
        LiveSpan span = LiveSpan.start(Scope.RESUME, "resume " + name, Optional.of(request), at)
                .attribute(Attributes.UI_PASSTHROUGH, true);
        call.map(LiveSpan::ref).ifPresent(span::link);
        telemetry.write(span);
        running.put(vertex.recipe(), new Running(span, call.orElse(span).ref(), new OutputText(), new OutputText()));
    }

    @Override
    public void output(Vertex vertex, int stream, byte[] bytes) {
        telemetry.now(() -> {
            Running run = running.get(vertex.recipe());
            if (run != null) {
                write(run, stream, (stream == 2 ? run.stderr() : run.stdout()).append(bytes));
            }
            return true;
        });
    }

    private void write(Running run, int stream, String text) {
        if (!text.isEmpty()) {
            telemetry.output(run.call(), stream, text);
        }
    }

    @Override
    public void finished(Vertex vertex, Duration took) {
        end(vertex, LiveSpan::succeeded);
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        end(vertex, span -> {
            span.failed(String.valueOf(failure.getMessage()));
            telemetry.callOf(vertex.recipe()).map(LiveSpan::ref).ifPresent(span::origin);
        });
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        end(vertex, span -> span.failed("cancelled").attribute(Attributes.DAG_CANCELED, true));
    }

    private void end(Vertex vertex, Consumer<LiveSpan> outcome) {
        Instant at = telemetry.time();
        telemetry.later(() -> {
            Running run = running.remove(vertex.recipe());
            if (run == null) {
                return;
            }
            if (vertex.op() instanceof ExecOp) {
                endOutput(run, 1, run.stdout());
                endOutput(run, 2, run.stderr());
            }
            outcome.accept(run.span());
            telemetry.write(run.span().end(at));
        });
    }

    private void endOutput(Running run, int stream, OutputText text) {
        write(run, stream, text.end());
        telemetry.endOfOutput(run.call(), stream);
    }

    private static boolean shown(Vertex vertex) {
        return vertex.op() instanceof ExecOp || vertex.op() instanceof SourceOp;
    }

    private static String field(String call) {
        return call.substring(call.indexOf('.') + 1);
    }
}
