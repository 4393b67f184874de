package org.buildengine.client.progress;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.buildengine.client.progress.Step.State;
import org.buildengine.client.telemetry.TelemetryListener;

/**
 * Prints progress for programs: one JSON object per line, {@code begin}, {@code output}, {@code end}, {@code message},
 * {@code summary}. The user guide documents the members; new ones may be added, none changes or goes.
 */
public final class JsonProgress implements ProgressDisplay {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long BILLION = 1_000_000_000L;

    private final PrintWriter out;
    private final Steps steps;

    /**
     * Makes a display.
     *
     * @param out where lines go; flushed after each event
     * @param everything whether calls that only describe something are told too
     */
    public JsonProgress(PrintWriter out, boolean everything) {
        this.out = out;
        this.steps = new Steps(new Events(), everything);
    }

    @Override
    public TelemetryListener listener() {
        return steps;
    }

    @Override
    public void print(List<String> lines) {
        for (String line : lines) {
            write(event("message").put("text", line));
        }
    }

    @Override
    public void finish() {
        steps.giveUp();
        Summary summary = steps.read(Summary::of);
        write(event("summary")
                .put("steps", summary.steps())
                .put("done", summary.done())
                .put("cached", summary.cached())
                .put("failed", summary.failed())
                .put("canceled", summary.canceled()));
    }

    private static ObjectNode event(String name) {
        return JSON.createObjectNode().put("event", name);
    }

    private static ObjectNode event(String name, Step step) {
        return event(name).put("id", step.number()).put("name", step.name());
    }

    private static String time(long nanos) {
        return Instant.ofEpochSecond(nanos / BILLION, nanos % BILLION).toString();
    }

    private void write(ObjectNode event) {
        String line = event.toString();
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }

    private final class Events implements StepListener {
        @Override
        public void began(Step step) {
            ObjectNode event = event("begin", step);
            Optional<Step> parent = step.parent();
            if (parent.isPresent()) {
                event.put("parent", parent.get().number());
            } else {
                event.putNull("parent");
            }
            write(event.put("start", time(step.start())));
        }

        @Override
        public void printed(Step step, List<String> lines) {
            ObjectNode event = event("output", step);
            lines.forEach(event.putArray("output")::add);
            write(event);
        }

        @Override
        public void ended(Step step) {
            ObjectNode event = event("end", step)
                    .put("start", time(step.start()))
                    .put("end", time(step.end()))
                    .put("cached", step.state() == State.CACHED)
                    .put("canceled", step.state() == State.CANCELED);
            if (step.state() == State.FAILED) {
                event.put("error", step.message());
            } else {
                event.putNull("error");
            }
            write(event);
        }
    }
}
