package org.buildengine.server.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The keys of a configuration, under the same name in files and flags. */
public enum ConfigKey {
    /** Addresses to listen at. */
    LISTEN("listen", Kind.LIST, "addresses to listen at: unix:///path or tcp://host:port"),
    /** Mode of unix sockets. */
    SOCKET_MODE("socket-mode", Kind.TEXT, "mode of the unix sockets, octal"),
    /** TCP beyond loopback. */
    ALLOW_REMOTE_TCP("allow-remote-tcp", Kind.FLAG, "listen on TCP beyond loopback; whoever connects is root here"),
    /** The daemon's directory. */
    ROOT("root", Kind.TEXT, "directory of the store"),
    /** Mirrors of registries. */
    REGISTRY_MIRROR("registry-mirror", Kind.LIST, "HOST=URL: ask URL before the registry HOST"),
    /** Registries without TLS. */
    REGISTRY_INSECURE("registry-insecure", Kind.LIST, "registries that are spoken to without TLS"),
    /** Network of executions. */
    NETWORK("network", Kind.TEXT, "network of executions: auto, bridge, host or none"),
    /** Addresses of the bridge. */
    NETWORK_SUBNET("network-subnet", Kind.TEXT, "addresses of the bridge, like 10.201.0.0/20; auto for free ones"),
    /** The OCI runtime. */
    OCI_RUNTIME("oci-runtime", Kind.TEXT, "what runs containers: auto, crun or runc"),
    /** All rights for executions that ask. */
    ALLOW_INSECURE("allow-insecure", Kind.FLAG, "steps may ask for insecureRootCapabilities; they are root here"),
    /** How much memory stays free. */
    MEMORY_RESERVE(
            "memory-reserve",
            Kind.TEXT,
            "memory that is to stay available: while less is, executions wait for those that run; a size or a percentage"),
    /** When to stop by itself. */
    IDLE_EXIT("idle-exit", Kind.NUMBER, "stop after so many seconds without a client; 0 for never"),
    /** When a client that has gone silent is given up. */
    CLIENT_DEADLINE(
            "client-deadline", Kind.NUMBER, "end the session of a client that answers no check for so many seconds"),
    /** When a peer that stands still is cut off. */
    STALL_DEADLINE(
            "stall-deadline",
            Kind.NUMBER,
            "close connections on which a client takes and asks nothing for so many seconds"),
    /** Whether the engine collects by itself. */
    GC("gc", Kind.TEXT, "whether the cache is kept within its limits: true or false"),
    /** What the cache may always keep. */
    GC_RESERVED_SPACE(
            "gc-reserved-space", Kind.TEXT, "space that the cache may always keep: a size or a percentage, or auto"),
    /** What the cache may take. */
    GC_MAX_USED_SPACE(
            "gc-max-used-space", Kind.TEXT, "space that the cache may take: a size like 100GB or a percentage"),
    /** What is to be free. */
    GC_MIN_FREE_SPACE("gc-min-free-space", Kind.TEXT, "space that is to be free on its disk: a size or a percentage"),
    /** What goes last. */
    GC_KEEP_DURATION(
            "gc-keep-duration", Kind.TEXT, "what was used within this time goes last: hours or days, like 48h or 60d"),
    /** What the logs of builds may take. */
    LOGS_MAX_SPACE("logs-max-space", Kind.TEXT, "space that the logs of ended builds may take: a size or a percentage"),
    /** Limit of headers. */
    MAX_HEADER_BYTES("max-header-bytes", Kind.NUMBER, "size of the header of a request"),
    /** Limit of bodies. */
    MAX_BODY_BYTES("max-body-bytes", Kind.NUMBER, "size of the body of a request");

    /** How a value is written. */
    public enum Kind {
        /** One text. */
        TEXT,
        /** One whole number, as a text too. */
        NUMBER,
        /** True or false; as a flag it needs no value. */
        FLAG,
        /** Several texts; as a flag it is repeated, in the environment separated by commas. */
        LIST
    }

    private final String key;
    private final Kind kind;
    private final String help;

    ConfigKey(String key, Kind kind, String help) {
        this.key = key;
        this.kind = kind;
        this.help = help;
    }

    /** The name in files, and behind two dashes in flags. */
    public String key() {
        return key;
    }

    /** How its value is written. */
    public Kind kind() {
        return kind;
    }

    /** What it says, in a line. */
    public String help() {
        return help;
    }

    /** The name of the environment variable. */
    public String variable() {
        return "ENGINE_" + key.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    static Optional<ConfigKey> find(String key) {
        return Arrays.stream(values()).filter(known -> known.key.equals(key)).findFirst();
    }
}
