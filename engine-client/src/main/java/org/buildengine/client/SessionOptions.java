package org.buildengine.client;

import java.time.Duration;
import org.buildengine.client.telemetry.TelemetryListener;
import org.buildengine.session.ClientMetadata;

/**
 * How a session is opened.
 *
 * @param identity who opens it
 * @param trace the trace that its requests belong to
 * @param attacher offers this machine's files
 * @param telemetry receives the engine's spans and logs
 * @param openTimeout how long an engine that took a session may leave each part of its opening unanswered
 * @param shutdownTimeout how long the engine has to end the session when asked to
 */
public record SessionOptions(
        ClientMetadata identity,
        TraceContext trace,
        Attacher attacher,
        TelemetryListener telemetry,
        Duration openTimeout,
        Duration shutdownTimeout) {
    /** Long enough for an engine that is busy with much else. */
    public static final Duration OPEN_TIMEOUT = Duration.ofMinutes(1);

    /** What Dagger's CLI grants the engine for the end of a session. */
    public static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(10);
}
