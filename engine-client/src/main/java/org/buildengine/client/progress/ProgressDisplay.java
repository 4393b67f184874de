package org.buildengine.client.progress;

import java.util.List;
import org.buildengine.client.telemetry.TelemetryListener;

/** Shows a person, or another program, what a session does. Thread-safe. */
public interface ProgressDisplay {
    /** What feeds the display. */
    TelemetryListener listener();

    /**
     * Prints lines that belong to no step.
     *
     * @param lines complete lines, safe to show ({@link OutputLines})
     */
    void print(List<String> lines);

    /** Shows how it all ended; to be called once, last. */
    void finish();
}
