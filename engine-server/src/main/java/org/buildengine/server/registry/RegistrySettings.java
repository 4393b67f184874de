package org.buildengine.server.registry;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How registries are reached.
 *
 * @param mirrors for a registry host, what is asked before it, in order; a URL without a scheme is https
 * @param insecureHosts hosts that are spoken to without TLS; those of the loopback interface always are
 * @param requestDeadline how long one small document may take, all attempts together
 * @param stallDeadline how long a download may stand still before it is taken up again
 * @param downloadsPerHost how many layers are fetched from one host at a time; twice as many if they are small
 */
public record RegistrySettings(
        Map<String, List<URI>> mirrors,
        Set<String> insecureHosts,
        Duration requestDeadline,
        Duration stallDeadline,
        int downloadsPerHost) {
    /** No mirrors, TLS beyond the loopback interface. */
    public static final RegistrySettings DEFAULT =
            new RegistrySettings(Map.of(), Set.of(), Duration.ofSeconds(60), Duration.ofSeconds(60), 4);

    public RegistrySettings {
        mirrors = Map.copyOf(mirrors);
        insecureHosts = Set.copyOf(insecureHosts);
        if (downloadsPerHost < 1) {
            throw new IllegalArgumentException("downloadsPerHost must be at least 1, not " + downloadsPerHost);
        }
    }

    /** These settings with other mirrors. */
    public RegistrySettings withMirrors(Map<String, List<URI>> newMirrors) {
        return new RegistrySettings(newMirrors, insecureHosts, requestDeadline, stallDeadline, downloadsPerHost);
    }

    boolean plain(String host) {
        return insecureHosts.contains(host) || isLoopback(host);
    }

    static boolean isLoopback(String hostAndPort) {
        String host = hostAndPort.replaceFirst(":[0-9]+$", "");
        if (host.equals("localhost")) {
            return true;
        }
        if (!host.matches("127\\.[0-9.]+|\\[[0-9a-fA-F:]+]")) {
            return false;
        }
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
