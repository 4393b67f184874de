package org.buildengine.client.telemetry;

/** Receives what an engine tells. Spans and output come on different threads; each kind comes in order. */
public interface TelemetryListener {
    /** A span began, changed or ended. Later versions of the same span add to earlier ones. */
    void span(SpanUpdate span);

    /** A piece of output. */
    void output(OutputRecord output);

    /** A listener that ignores everything. */
    static TelemetryListener ignoring() {
        return new TelemetryListener() {
            @Override
            public void span(SpanUpdate span) {
                // Nobody looks.
            }

            @Override
            public void output(OutputRecord output) {
                // Nobody looks.
            }
        };
    }
}
