package org.buildengine.server;

import java.io.IOException;
import java.util.Optional;
import org.buildengine.server.telemetry.Signal;

/** Where the event streams of {@code /v1/traces}, {@code /v1/logs} and {@code /v1/metrics} come from. */
@FunctionalInterface
public interface TelemetryStreams {
    /** Ends every stream at once. */
    TelemetryStreams NONE = (client, signal) -> Optional::empty;

    /** A new subscription to what happens for {@code client}, from its beginning. */
    Events subscribe(DaggerClient client, Signal signal) throws IOException;

    /** One subscription, read by one thread. */
    @FunctionalInterface
    interface Events {
        /**
         * The next event as it goes over the wire; blocks until there is one. Empty at the end, which has to come after
         * {@link DaggerClient#onShutdown} was called, when everything that was there has been read.
         */
        Optional<byte[]> next() throws IOException, InterruptedException;
    }
}
