package org.buildengine.server.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.buildengine.server.graphql.FieldObserver;
import org.buildengine.session.Counted;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/**
 * Makes spans of what runs for one request: {@code resume <field>}, linked to the call that described the work, with the
 * output as log records on that call. Work that no call stands for (file edits in between) is not shown. Output is
 * noted by whoever brings it; everything else is put off, and keeps no vertex until then: its inputs may be large.
 */
public final class WorkSpans implements JobListener {
    private final ClientTelemetry telemetry;
    private final TracingObserver.Request request;
    private final Map<Digest, Running> running = new HashMap<>();

    private WorkSpans(TracingObserver.Request request) {
        this.telemetry = request.telemetry();
        this.request = request;
    }

    /** A listener for the job of the request that {@code operation} observes. */
    public static JobListener below(FieldObserver.Observation operation) {
        return operation instanceof TracingObserver.Request request ? new WorkSpans(request) : JobListener.NONE;
    }

    /** One run: its span, and where its output goes. */
    private record Running(Span span, SpanContext call) {}

    @Override
    public void cached(Vertex vertex, long result) {
        if (shown(vertex)) {
            Digest work = vertex.demanded();
            telemetry.later(() -> telemetry.remembered(work));
        }
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        if (shown(vertex)) {
            Digest work = vertex.demanded();
            Op op = vertex.op();
            telemetry.later(() -> start(work, op, at));
        }
    }

    private void start(Digest work, Op op, Instant at) {
        telemetry.ran(work);
        Optional<SpanContext> call = telemetry.callOf(work);
        String name = telemetry.callName(work).map(WorkSpans::field).orElseGet(op::describe);
        var builder = telemetry
                .tracer(Scope.RESUME)
                .spanBuilder("resume " + name)
                .setParent(request.context())
                .setStartTimestamp(at)
                .setAttribute(Attributes.UI_PASSTHROUGH, true);
        call.ifPresent(builder::addLink);
        Span span = builder.startSpan();
        SpanContext shown = call.orElseGet(span::getSpanContext);
        running.put(work, new Running(span, shown));
    }

    @Override
    public void output(Vertex vertex, OutputPiece piece) {
        telemetry.now(() -> {
            Running run = running.get(vertex.demanded());
            if (run != null) {
                telemetry.output(run.call(), piece);
            }
            return true;
        });
    }

    @Override
    public void lost(Vertex vertex, long bytes) {
        String missing = Counted.of(
                bytes, "byte of output is missing here, it was", "bytes of output are missing here, they were");
        byte[] notice = ("[" + missing + " not kept]\n").getBytes(UTF_8);
        output(vertex, new OutputPiece(2, telemetry.time(), notice, Optional.empty()));
    }

    @Override
    public void finished(Vertex vertex, Miss run, long result, Duration took) {
        end(vertex, span -> span.setStatus(StatusCode.OK));
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        Digest work = vertex.demanded();
        String message = String.valueOf(failure.getMessage());
        end(vertex, span -> {
            span.setStatus(StatusCode.ERROR, message);
            telemetry.callOf(work).ifPresent(call -> span.addLink(call, Attributes.ERROR_ORIGIN));
        });
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        end(vertex, span -> span.setStatus(StatusCode.ERROR, "cancelled").setAttribute(Attributes.DAG_CANCELED, true));
    }

    @Override
    public void left(Vertex vertex, Duration after) {
        cancelled(vertex, after);
    }

    private void end(Vertex vertex, Consumer<Span> outcome) {
        Instant at = telemetry.time();
        Digest work = vertex.demanded();
        boolean prints = vertex.op() instanceof ExecOp;
        telemetry.later(() -> {
            Running run = running.remove(work);
            if (run == null) {
                return;
            }
            if (prints) {
                telemetry.endOfOutput(run.call(), 1);
                telemetry.endOfOutput(run.call(), 2);
            }
            outcome.accept(run.span());
            run.span().end(at);
        });
    }

    private static boolean shown(Vertex vertex) {
        return vertex.op() instanceof ExecOp || vertex.op() instanceof SourceOp;
    }

    private static String field(String call) {
        return call.substring(call.indexOf('.') + 1);
    }
}
