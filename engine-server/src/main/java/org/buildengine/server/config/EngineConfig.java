package org.buildengine.server.config;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.server.cache.CacheRules;
import org.buildengine.server.cache.DiskSpace;
import org.buildengine.server.network.Ipv4Subnet;

/**
 * What a daemon is told, complete and checked. Immutable.
 *
 * @param listen addresses, at least one
 * @param socketMode who may connect to unix sockets
 * @param root directory of the store, absolute
 * @param registryMirrors mirror URLs by registry host, in the order in which they are asked
 * @param insecureRegistries hosts that are spoken to without TLS
 * @param network what network executions see
 * @param networkSubnet addresses of the bridge; empty for a range that the host has no use for
 * @param ociRuntime what runs containers
 * @param allowInsecure whether executions that ask for it get all rights
 * @param memoryReserve how much memory is to stay available; an execution waits for it as long as another runs
 * @param idleExit when to stop without clients; empty for never
 * @param clientDeadline how long an attached client may leave checks unanswered until its session ends
 * @param stallDeadline how long a peer may take nothing of an answer, or send nothing of its request
 * @param cacheRules how large the cache may become
 * @param logSpace how much the logs of builds may take; the oldest go first
 * @param maxHeaderBytes size of a request's header
 * @param maxBodyBytes size of a request's body
 * @param origins where every value came from, for people
 */
public record EngineConfig(
        List<ListenAddress> listen,
        Set<PosixFilePermission> socketMode,
        Path root,
        Map<String, List<String>> registryMirrors,
        Set<String> insecureRegistries,
        NetworkMode network,
        Optional<Ipv4Subnet> networkSubnet,
        RuntimeChoice ociRuntime,
        boolean allowInsecure,
        DiskSpace memoryReserve,
        Optional<Duration> idleExit,
        Duration clientDeadline,
        Duration stallDeadline,
        CacheRules cacheRules,
        DiskSpace logSpace,
        int maxHeaderBytes,
        long maxBodyBytes,
        Map<ConfigKey, Origin> origins) {
    /**
     * A value as it was given.
     *
     * @param value the value in the words of its source
     * @param source e.g. {@code default}, {@code ENGINE_ROOT}, {@code --root}
     */
    public record Origin(String value, String source) {}

    /** Copies the collections. */
    public EngineConfig {
        if (listen.isEmpty()) {
            throw new IllegalArgumentException("a daemon that listens nowhere");
        }
        listen = List.copyOf(listen);
        socketMode = Set.copyOf(socketMode);
        registryMirrors = Map.copyOf(registryMirrors);
        insecureRegistries = Set.copyOf(insecureRegistries);
        origins = java.util.Collections.unmodifiableMap(new EnumMap<>(origins));
    }

    /** Collects the sources of a configuration. */
    public static ConfigSources sources() {
        return new ConfigSources();
    }

    /** The whole configuration, a line per key, with the source of each value. */
    public String effective() {
        var text = new StringBuilder();
        for (Map.Entry<ConfigKey, Origin> entry : origins.entrySet()) {
            text.append("%-18s %-45s (%s)%n"
                    .formatted(
                            entry.getKey().key(),
                            entry.getValue().value(),
                            entry.getValue().source()));
        }
        return text.toString();
    }
}
