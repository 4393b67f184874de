package org.buildengine.server.network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.NetworkNamespace;

/** Opens the network that a daemon is told to use, and says how it is. */
public final class Networks {
    private static final System.Logger LOG = System.getLogger(Networks.class.getName());

    private Networks() {}

    /** Which network. */
    public enum Choice {
        /** The bridge where it works, else the host's. */
        AUTO,
        BRIDGE,
        HOST,
        NONE
    }

    /**
     * Opens a network. Whoever calls this holds the lock of the root directory.
     *
     * @param subnet addresses of the bridge; empty for a range that the host has no use for
     * @throws IOException if a bridge is told to be used and cannot; the message says what helps
     */
    public static Network open(Choice choice, Path root, Optional<Ipv4Subnet> subnet) throws IOException {
        return switch (choice) {
            case HOST -> new HostNetwork();
            case NONE -> new NoNetwork();
            case BRIDGE -> bridge(root, subnet);
            case AUTO -> {
                try {
                    yield bridge(root, subnet);
                } catch (IOException e) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "executions share the host''s network, without walls between them: {0}",
                            e.getMessage());
                    yield new HostNetwork();
                }
            }
        };
    }

    private static BridgeNetwork bridge(Path root, Optional<Ipv4Subnet> subnet) throws IOException {
        try {
            BridgeNetwork bridge = BridgeNetwork.open(BridgeNetwork.Settings.of(root, subnet));
            LOG.log(System.Logger.Level.INFO, "network: {0}", bridge.description());
            return bridge;
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /**
     * Tries whether a bridge works here, in a namespace that is thrown away: nothing on the host changes.
     *
     * @return how it would be
     * @throws IOException if it does not work; the message says what helps
     */
    public static String tryBridge() throws IOException {
        return NativeThreads.run(() -> {
            try (NetworkNamespace scratch = NetworkNamespace.create()) {
                scratch.inside(() -> {
                    try (Bridge bridge = Bridge.open(new BridgeNames(Path.of("/")), Optional.empty())) {
                        Optional<Bridge.Port> port = bridge.addPort();
                        if (port.isPresent()) {
                            bridge.removePort(port.get());
                        }
                        return true;
                    }
                });
                return Bridge.forwards()
                        ? "works"
                        : "works; the daemon will switch net.ipv4.ip_forward on, and leave it so";
            } catch (IOException e) {
                throw refused(e);
            }
        });
    }

    static IOException refused(IOException cause) {
        int errno = cause instanceof LinuxException linux ? linux.errno() : 0;
        String hint = switch (errno) {
            case Errno.EPERM ->
                "; the daemon needs CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root, or choose --network=host";
            case Errno.EOPNOTSUPP, Errno.ENOENT, Errno.EINVAL ->
                "; the kernel lacks a part: modprobe -a bridge veth nf_tables nft_masq nft_ct, or choose"
                        + " --network=host";
            default -> "";
        };
        return new IOException("the network bridge does not work here: " + cause.getMessage() + hint, cause);
    }
}
