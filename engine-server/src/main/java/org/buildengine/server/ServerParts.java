package org.buildengine.server;

import io.grpc.BindableService;
import java.util.List;
import org.buildengine.solver.waiting.Waits;

/**
 * What a server puts behind its doors.
 *
 * @param queries answers {@code /query}
 * @param telemetry the event streams
 * @param services its gRPC services but that of its health
 * @param waits where its sessions say what their ends wait for
 * @param owned closed when the server closes, after all sessions have ended, the last one first
 */
public record ServerParts(
        QueryDoor queries,
        TelemetryStreams telemetry,
        List<BindableService> services,
        Waits waits,
        List<AutoCloseable> owned) {
    /** Copies the lists. */
    public ServerParts {
        services = List.copyOf(services);
        owned = List.copyOf(owned);
    }
}
