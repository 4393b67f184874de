package org.buildengine.server;

import io.grpc.BindableService;
import java.util.List;
import org.buildengine.server.control.EngineIdentity;

/**
 * What a server puts behind its doors.
 *
 * @param identity how it introduces itself
 * @param architecture of the processor, in the words of container images, e.g. {@code amd64}
 * @param queries answers {@code /query}
 * @param telemetry the event streams
 * @param services further gRPC services
 * @param owned closed when the server closes, after all sessions have ended, the last one first
 */
public record ServerParts(
        EngineIdentity identity,
        String architecture,
        QueryDoor queries,
        TelemetryStreams telemetry,
        List<BindableService> services,
        List<AutoCloseable> owned) {
    /** Copies the lists. */
    public ServerParts {
        services = List.copyOf(services);
        owned = List.copyOf(owned);
    }
}
