package org.buildengine.server.registry;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The endpoints that lately let a request or a download stand still. They are asked last for a while, so that one that hangs costs
 * its limit once and not for each document and each layer. Only those that others can stand in for are remembered. Safe for
 * several threads; never blocks.
 */
final class StalledEndpoints {
    /** How long an endpoint is asked last. */
    static final Duration MEMORY = Duration.ofMinutes(5);

    private final LongSupplier nanos;
    private final Map<URI, Long> since = new ConcurrentHashMap<>();

    /** None yet. {@code nanos} is read as {@link System#nanoTime}. */
    StalledEndpoints(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** The endpoints of one registry in the order in which they are to be asked. */
    List<RegistryEndpoint> inOrder(List<RegistryEndpoint> endpoints) {
        var first = new ArrayList<RegistryEndpoint>();
        var last = new ArrayList<RegistryEndpoint>();
        endpoints.forEach(endpoint -> (lately(endpoint) ? last : first).add(endpoint));
        first.addAll(last);
        return first;
    }

    private boolean lately(RegistryEndpoint endpoint) {
        Long stalled = since.get(endpoint.base());
        return stalled != null && nanos.getAsLong() - stalled < MEMORY.toNanos();
    }

    /** {@code endpoint}, one of {@code all}, let the time pass in which something should have come. */
    void stalled(RegistryEndpoint endpoint, List<RegistryEndpoint> all) {
        if (all.size() > 1) {
            since.put(endpoint.base(), nanos.getAsLong());
        }
    }

    /** It answered, to the end. */
    void answered(RegistryEndpoint endpoint) {
        since.remove(endpoint.base());
    }
}
