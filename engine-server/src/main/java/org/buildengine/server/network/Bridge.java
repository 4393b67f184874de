package org.buildengine.server.network;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.snapshotter.linux.NetworkNamespace;

/**
 * The bridge of a daemon on its host: the link with the gateway's address, and the table of filters that hides the
 * subnet behind the host's address. Makes ports, each a namespace that is connected to the bridge. For one platform
 * thread at a time.
 */
final class Bridge implements Closeable {
    private static final Path LOCK = Path.of("/run/lock/build-engine-network");
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final int USUAL_MTU = 1500;

    private final BridgeNames names;
    private final Links links;
    private final Firewall firewall;
    private final Ipv4Subnet subnet;
    private final AddressPool addresses;
    private final int index;
    private final int mtu;
    private final List<Firewall.Chain> opened;

    private Bridge(
            BridgeNames names,
            Links links,
            Firewall firewall,
            Ipv4Subnet subnet,
            AddressPool addresses,
            int index,
            int mtu,
            List<Firewall.Chain> opened) {
        this.names = names;
        this.links = links;
        this.firewall = firewall;
        this.subnet = subnet;
        this.addresses = addresses;
        this.index = index;
        this.mtu = mtu;
        this.opened = List.copyOf(opened);
    }

    /**
     * A namespace with its address.
     *
     * @param link name of the host's end
     * @param inside by what it was set up: open, since the kernel counts a closed socket for a while
     * @param traces what the namespace shows of having been used
     */
    record Port(NetworkNamespace namespace, String link, int address, Links inside, UseTraces traces)
            implements Closeable {
        @Override
        public void close() {
            traces.close();
            inside.close();
            namespace.close();
        }
    }

    /**
     * Puts a bridge up. What a daemon of the same root left is removed first.
     *
     * @param wanted the subnet; empty for one that the host does not use
     */
    static Bridge open(BridgeNames names, Optional<Ipv4Subnet> wanted) throws IOException {
        Links links = Links.open();
        Firewall firewall;
        try {
            firewall = Firewall.open();
        } catch (IOException e) {
            links.close();
            throw e;
        }
        try {
            remove(names, links, firewall);
            // Held while a subnet is chosen and taken, so that two daemons do not choose the same.
            try (FileChannel channel = lockFile();
                    FileLock _ = channel.lock()) {
                return putUp(names, links, firewall, wanted);
            }
        } catch (IOException | RuntimeException e) {
            try (links;
                    firewall) {
                remove(names, links, firewall);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private static FileChannel lockFile() throws IOException {
        Files.createDirectories(LOCK.getParent());
        return FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    private static Bridge putUp(BridgeNames names, Links links, Firewall firewall, Optional<Ipv4Subnet> wanted)
            throws IOException {
        Ipv4Subnet subnet = new SubnetChoice(links.taken()).choose(wanted);
        var addresses = new AddressPool(subnet);
        int mtu = links.uplink().map(Links.Link::mtu).filter(found -> found > 0).orElse(USUAL_MTU);
        int gateway = addresses.gateway();
        int index = links.addBridge(names.bridge(), Links.hardwareAddress(gateway), mtu);
        links.addAddress(index, gateway, subnet.prefix());
        firewall.add(names.table(), subnet, names.bridge());
        List<Firewall.Chain> opened = firewall.letThrough(names.bridge(), names.table());
        return new Bridge(names, links, firewall, subnet, addresses, index, mtu, opened);
    }

    private static void remove(BridgeNames names, Links links, Firewall firewall) throws IOException {
        Optional<Links.Link> bridge = links.find(names.bridge());
        if (bridge.isPresent()) {
            for (Links.Link link : links.list()) {
                if (link.master() == bridge.get().index()) {
                    links.delete(link.name());
                }
            }
            links.delete(names.bridge());
        }
        firewall.takeBack(names.table());
        firewall.delete(names.table());
    }

    /**
     * Lets the host pass packets on between its links, which the kernel does not do unless it is told to. It stays so:
     * other programs may have come to rely on it.
     *
     * @return whether it did not do so before
     */
    static boolean switchForwardingOn() throws IOException {
        if (forwards()) {
            return false;
        }
        try {
            Files.writeString(FORWARDING, "1");
            return true;
        } catch (IOException e) {
            throw new IOException(
                    "the host does not forward packets, and the engine may not change that; run"
                            + " sysctl -w net.ipv4.ip_forward=1",
                    e);
        }
    }

    static boolean forwards() throws IOException {
        return Files.readString(FORWARDING).strip().equals("1");
    }

    /** Makes a port; empty if all addresses are taken. */
    Optional<Port> addPort() throws IOException {
        OptionalInt address = addresses.take();
        if (address.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(addPort(names.link(), address.getAsInt()));
        } catch (IOException | RuntimeException e) {
            addresses.release(address.getAsInt());
            throw e;
        }
    }

    private Port addPort(String link, int address) throws IOException {
        NetworkNamespace namespace = NetworkNamespace.create();
        try {
            Links inside = namespace.inside(Links::open);
            try {
                links.addPair(link, index, namespace, Links.hardwareAddress(address), mtu);
                inside.configure(address, subnet.prefix(), addresses.gateway());
                return new Port(namespace, link, address, inside, UseTraces.of(namespace));
            } catch (IOException | RuntimeException e) {
                inside.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            namespace.close();
            try {
                links.delete(link);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** Throws a port away: nobody ever uses its namespace again. */
    void removePort(Port port) throws IOException {
        try (port) {
            links.delete(port.link());
        }
        addresses.release(port.address());
    }

    /** The host's filters that would drop everything, and got a rule for this bridge. */
    List<Firewall.Chain> opened() {
        return opened;
    }

    String name() {
        return names.bridge();
    }

    Ipv4Subnet subnet() {
        return subnet;
    }

    int gateway() {
        return addresses.gateway();
    }

    /** How many ports there can be. */
    int capacity() {
        return addresses.capacity();
    }

    int mtu() {
        return mtu;
    }

    /** Takes the bridge down, with the ports that are left. */
    @Override
    public void close() throws IOException {
        try (links;
                firewall) {
            remove(names, links, firewall);
        }
    }
}
