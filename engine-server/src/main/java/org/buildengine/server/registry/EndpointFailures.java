package org.buildengine.server.registry;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.DigestMismatchException;

/** What each endpoint that was asked for one thing said last, for people. Used by one thread. */
final class EndpointFailures {
    private final Map<RegistryEndpoint, IOException> last = new LinkedHashMap<>();

    void add(RegistryEndpoint endpoint, IOException failure) {
        last.put(endpoint, explained(failure, endpoint.base()));
    }

    /** The failure of the registry itself; what was wrong with its mirrors is said behind it. There is one at least. */
    IOException all() {
        RegistryEndpoint named = last.keySet().stream()
                .filter(endpoint -> !endpoint.mirror())
                .findFirst()
                .orElseGet(() -> last.keySet().iterator().next());
        IOException first = last.getOrDefault(named, new IOException("no answer"));
        List<IOException> mirrors = last.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(named))
                .map(Map.Entry::getValue)
                .toList();
        if (mirrors.isEmpty()) {
            return first;
        }
        String own = String.valueOf(first.getMessage());
        String message = own + (own.endsWith("?") ? " " : ". ") + "Of its mirrors: "
                + mirrors.stream().map(Throwable::getMessage).collect(Collectors.joining("; "));
        IOException all = first instanceof RegistryException refusal
                ? new RegistryException(refusal.status(), message)
                : new IOException(message, first);
        mirrors.forEach(all::addSuppressed);
        return all;
    }

    private static IOException explained(IOException failure, URI base) {
        String message = failure.getMessage();
        boolean says = message != null && !message.isBlank();
        if (failure instanceof java.net.ConnectException) {
            return new IOException(
                    "cannot connect to " + base + (says ? ": " + message : "")
                            + "; is the registry running and reachable?",
                    failure);
        }
        if (failure instanceof DigestMismatchException) {
            return new IOException(base + " answers with other bytes than were asked for: " + message, failure);
        }
        return says ? failure : new IOException(base + ": " + failure.getClass().getSimpleName(), failure);
    }
}
