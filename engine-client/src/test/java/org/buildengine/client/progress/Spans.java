package org.buildengine.client.progress;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.buildengine.client.telemetry.OutputRecord;
import org.buildengine.client.telemetry.SpanUpdate;
import org.buildengine.client.telemetry.SpanUpdate.Status;
import org.buildengine.client.telemetry.TelemetryListener;

/** Feeds a display with what an engine would tell. */
public record Spans(TelemetryListener listener) {
    public static final long SECOND = 1_000_000_000L;

    /** Steps that nobody listens to. */
    public static Steps steps() {
        return new Steps(
                new StepListener() {
                    @Override
                    public void began(Step step) {
                        // Nobody looks.
                    }

                    @Override
                    public void printed(Step step, List<String> lines) {
                        // Nobody looks.
                    }

                    @Override
                    public void ended(Step step) {
                        // Nobody looks.
                    }
                },
                false);
    }

    public void begin(String id, String parent, String name, long start) {
        listener.span(span(id, parent, name, start, OptionalLong.empty(), Status.UNSET, "", Map.of()));
    }

    public void end(String id, String name, long start, long end, Status status, String message) {
        listener.span(span(id, "", name, start, OptionalLong.of(end), status, message, Map.of()));
    }

    public void cached(String id, String name, long at) {
        listener.span(
                span(id, "", name, at, OptionalLong.of(at), Status.OK, "", Map.of("dagger.io/dag.cached", "true")));
    }

    public void print(String id, String text) {
        listener.output(new OutputRecord(id, text, false, false));
    }

    private static SpanUpdate span(
            String id,
            String parent,
            String name,
            long start,
            OptionalLong end,
            Status status,
            String message,
            Map<String, String> more) {
        Map<String, String> attributes = new HashMap<>(more);
        attributes.put("dagger.io/ui.reveal", "true");
        return new SpanUpdate(id, parent, name, start, end, attributes, status, message, List.of());
    }
}
