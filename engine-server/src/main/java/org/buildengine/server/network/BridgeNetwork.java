package org.buildengine.server.network;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.linux.NativeThreads;

/**
 * A namespace for each execution, with an address on a bridge of the daemon's own and the rest of the world behind the
 * host's address. Nothing of it is in a file: the bridge and the table of filters go when the network is closed, or when
 * the next daemon of the same root opens its own. Safe for several threads.
 */
public final class BridgeNetwork implements Network {
    private final Bridge bridge;
    private final boolean switchedForwardingOn;
    private final ContainerNames containerNames;
    private final ReadyPorts ports;

    private BridgeNetwork(Bridge bridge, boolean switchedForwardingOn, Settings settings) {
        this.bridge = bridge;
        this.switchedForwardingOn = switchedForwardingOn;
        this.containerNames =
                new ContainerNames(settings.resolvConf(), settings.behindSystemd(), Ipv4Subnet.inet(bridge.gateway()));
        this.ports = new ReadyPorts(bridge, settings.ready(), settings.addressDeadline());
    }

    /**
     * How a bridge is made.
     *
     * @param root root directory of the daemon, which names are made of
     * @param subnet its addresses; empty for a range that the host has no use for
     * @param ready how many namespaces are made ahead; up to four times as many are kept
     * @param addressDeadline how long an execution waits while all addresses are in use
     * @param resolvConf the host's list of resolvers
     * @param behindSystemd where systemd-resolved keeps the list behind its stub
     */
    public record Settings(
            Path root,
            Optional<Ipv4Subnet> subnet,
            int ready,
            Duration addressDeadline,
            Path resolvConf,
            Path behindSystemd) {
        /** The usual ones. */
        public static Settings of(Path root, Optional<Ipv4Subnet> subnet) {
            return new Settings(
                    root,
                    subnet,
                    Math.min(16, 2 * Runtime.getRuntime().availableProcessors()),
                    Duration.ofMinutes(10),
                    Path.of("/etc/resolv.conf"),
                    Path.of("/run/systemd/resolve/resolv.conf"));
        }
    }

    /**
     * Puts the bridge up. Whoever calls this holds the lock of the root directory.
     *
     * @throws IOException if this host cannot; nothing is left then, and the message says what helps
     */
    public static BridgeNetwork open(Settings settings) throws IOException {
        return NativeThreads.run(() -> {
            Bridge bridge = Bridge.open(new BridgeNames(settings.root()), settings.subnet());
            try {
                return new BridgeNetwork(bridge, Bridge.switchForwardingOn(), settings);
            } catch (IOException | RuntimeException e) {
                try (bridge) {
                    throw e;
                }
            }
        });
    }

    @Override
    public String name() {
        return "bridge";
    }

    @Override
    public boolean ownNamespace() {
        return true;
    }

    /** What it is, for people. */
    public String description() {
        return "bridge " + bridge.name() + ", " + bridge.subnet() + ", MTU " + bridge.mtu()
                + (switchedForwardingOn ? "; switched net.ipv4.ip_forward on, where it stays" : "")
                + bridge.opened().stream()
                        .map(chain -> "; let through chain " + chain.name() + " of table " + chain.table()
                                + ", which drops the rest")
                        .collect(Collectors.joining());
    }

    @Override
    public Endpoint join(Rights rights) throws IOException, InterruptedException {
        String resolvConf = containerNames.resolvConf();
        return new PortEndpoint(ports.take(), rights, resolvConf);
    }

    /** How many namespaces are ready. */
    int ready() {
        return ports.size();
    }

    private final class PortEndpoint implements Endpoint {
        private final Bridge.Port port;
        private final Rights rights;
        private final String resolvConf;
        private final AtomicBoolean closed = new AtomicBoolean();

        PortEndpoint(Bridge.Port port, Rights rights, String resolvConf) {
            this.port = port;
            this.rights = rights;
            this.resolvConf = resolvConf;
        }

        @Override
        public Namespace namespace() {
            return new Namespace.Prepared(port.namespace().path());
        }

        @Override
        public String resolvConf() {
            return resolvConf;
        }

        @Override
        public String hosts(String hostname) {
            return HostsFile.with(Ipv4Subnet.text(port.address()), hostname);
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                ports.release(port, rights);
            }
        }
    }

    @Override
    public void close() throws IOException {
        ports.close();
        try (containerNames) {
            NativeThreads.run(() -> {
                bridge.close();
                return true;
            });
        }
    }
}
