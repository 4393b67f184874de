package org.buildengine.server.network;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.NetlinkSocket;
import org.buildengine.snapshotter.linux.NetworkNamespace;

/**
 * Links, addresses and routes of one network namespace: that of the thread that opened this. The numbers are those of
 * rtnetlink(7) and of the kernel's {@code if_link.h} and {@code rtnetlink.h}. For one platform thread at a time.
 */
final class Links implements Closeable {
    private static final int NEW_LINK = 16;
    private static final int DELETE_LINK = 17;
    private static final int GET_LINK = 18;
    private static final int SET_LINK = 19;
    private static final int NEW_ADDRESS = 20;
    private static final int GET_ADDRESS = 22;
    private static final int NEW_ROUTE = 24;
    private static final int GET_ROUTE = 26;

    private static final int LINK_FIXED = 16;
    private static final int LINK_ADDRESS = 1;
    private static final int LINK_NAME = 3;
    private static final int LINK_MTU = 4;
    private static final int LINK_MASTER = 10;
    private static final int LINK_INFO = 18;
    private static final int LINK_FAMILIES = 26;
    private static final int LINK_NAMESPACE = 28;
    private static final int INET6_ADDRESS_MODE = 8;
    private static final byte[] NO_ADDRESSES = {1};
    private static final int INFO_KIND = 1;
    private static final int INFO_DATA = 2;
    private static final int VETH_PEER = 1;
    private static final int UP = 1;

    private static final int ADDRESS_FIXED = 8;
    private static final int ADDRESS_ADDRESS = 1;
    private static final int ADDRESS_LOCAL = 2;
    private static final int ADDRESS_BROADCAST = 4;

    private static final int ROUTE_FIXED = 12;
    private static final int ROUTE_DESTINATION = 1;
    private static final int ROUTE_OUT = 4;
    private static final int ROUTE_GATEWAY = 5;
    private static final int ROUTE_PRIORITY = 6;
    private static final int TABLE_MAIN = 254;
    private static final int PROTOCOL_BOOT = 3;
    private static final int SCOPE_UNIVERSE = 0;
    private static final int TYPE_UNICAST = 1;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    /** Absent where the kernel was told to do without IPv6. */
    private static final Path INET6 = Path.of("/proc/net/if_inet6");

    private static final int LOOPBACK = 1;

    private final NetlinkConnection connection;

    private Links(NetlinkConnection connection) {
        this.connection = connection;
    }

    static Links open() throws LinuxException {
        return new Links(NetlinkConnection.open(NetlinkSocket.ROUTE));
    }

    /**
     * A link.
     *
     * @param master number of the bridge that it is a port of, 0 for none
     */
    record Link(int index, String name, int mtu, int master) {}

    /** A hardware address made of an IPv4 address, so that the two never contradict each other in anybody's memory. */
    static byte[] hardwareAddress(int address) {
        return ByteBuffer.allocate(6).putShort((short) 0x0242).putInt(address).array();
    }

    List<Link> list() throws IOException {
        NetlinkRequest request = new NetlinkRequest().message("list links", GET_LINK, NetlinkRequest.DUMP);
        return connection.exchange(link(request, 0, 0, 0)).stream()
                .filter(message -> message.type() == NEW_LINK)
                .map(Links::read)
                .toList();
    }

    Optional<Link> find(String name) throws IOException {
        NetlinkRequest request = new NetlinkRequest().message("look for " + name, GET_LINK, NetlinkRequest.ACK);
        link(request, 0, 0, 0).attribute(LINK_NAME, name);
        try {
            return connection.exchange(request).stream().map(Links::read).findFirst();
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENODEV) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static Link read(NetlinkMessage message) {
        var attributes = message.attributes(LINK_FIXED);
        return new Link(
                message.payload().getInt(4),
                attributes.text(LINK_NAME).orElse(""),
                attributes.number(LINK_MTU).orElse(0),
                attributes.number(LINK_MASTER).orElse(0));
    }

    /** Makes a bridge whose hardware address stays the same whatever its ports are, and switches it on. */
    int addBridge(String name, byte[] hardwareAddress, int mtu) throws IOException {
        NetlinkRequest request = new NetlinkRequest()
                .message(
                        "make the bridge " + name,
                        NEW_LINK,
                        NetlinkRequest.ACK | NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE);
        link(request, 0, UP, UP)
                .attribute(LINK_NAME, name)
                .attribute(LINK_ADDRESS, hardwareAddress)
                .attribute(LINK_MTU, mtu)
                .nested(LINK_INFO, () -> request.attribute(INFO_KIND, "bridge"));
        connection.exchange(request);
        return find(name)
                .orElseThrow(() -> new IOException("the bridge " + name + " is gone again"))
                .index();
    }

    /**
     * Makes a pair of links: one that is a port of a bridge, and is on; one that is {@code eth0} of another namespace, and
     * is still off.
     */
    void addPair(String name, int bridge, NetworkNamespace other, byte[] hardwareAddress, int mtu) throws IOException {
        NetlinkRequest request = new NetlinkRequest()
                .message(
                        "make the link " + name,
                        NEW_LINK,
                        NetlinkRequest.ACK | NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE);
        link(request, 0, 0, 0)
                .attribute(LINK_NAME, name)
                .attribute(LINK_MTU, mtu)
                .attribute(LINK_MASTER, bridge)
                .nested(
                        LINK_INFO,
                        () -> request.attribute(INFO_KIND, "veth")
                                .nested(
                                        INFO_DATA,
                                        () -> request.nested(
                                                VETH_PEER,
                                                () -> link(request, 0, 0, 0)
                                                        .attribute(LINK_NAME, "eth0")
                                                        .attribute(LINK_ADDRESS, hardwareAddress)
                                                        .attribute(LINK_MTU, mtu)
                                                        .attribute(LINK_NAMESPACE, other.number()))));
        quietOn(request, name);
        connection.exchange(request);
    }

    /**
     * Switches a link on, without addresses of IPv6: with them it would begin to send packets by itself, and nobody could
     * tell any more whether an execution did.
     */
    private static void quietOn(NetlinkRequest request, String name) {
        if (Files.exists(INET6)) {
            link(request.message("keep " + name + " quiet", SET_LINK, NetlinkRequest.ACK), 0, 0, 0)
                    .attribute(LINK_NAME, name)
                    .nested(
                            LINK_FAMILIES,
                            () -> request.nested(AF_INET6, () -> request.attribute(INET6_ADDRESS_MODE, NO_ADDRESSES)));
        }
        link(request.message("switch " + name + " on", SET_LINK, NetlinkRequest.ACK), 0, UP, UP)
                .attribute(LINK_NAME, name);
    }

    void delete(int index) throws IOException {
        NetlinkRequest request = new NetlinkRequest().message("delete a link", DELETE_LINK, NetlinkRequest.ACK);
        connection.exchange(link(request, index, 0, 0));
    }

    /** Deletes a link that may be gone already. */
    void delete(String name) throws IOException {
        NetlinkRequest request =
                new NetlinkRequest().message("delete the link " + name, DELETE_LINK, NetlinkRequest.ACK);
        link(request, 0, 0, 0).attribute(LINK_NAME, name);
        try {
            connection.exchange(request);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENODEV) {
                throw e;
            }
        }
    }

    /** Gives a link an address, and with it the route to its subnet. */
    void addAddress(int link, int address, int prefix) throws IOException {
        NetlinkRequest request = new NetlinkRequest();
        address(request, link, address, prefix);
        connection.exchange(request);
    }

    /** Makes a new namespace usable: loopback on, {@code eth0} with its address, everything else by the gateway. */
    void configure(int address, int prefix, int gateway) throws IOException {
        int eth0 = find("eth0")
                .orElseThrow(() -> new IOException("a new network namespace has no eth0"))
                .index();
        NetlinkRequest request = new NetlinkRequest();
        link(request.message("switch lo on", SET_LINK, NetlinkRequest.ACK), LOOPBACK, UP, UP);
        quietOn(request, "eth0");
        address(request, eth0, address, prefix);
        request.message(
                        "add the route by " + Ipv4Subnet.text(gateway),
                        NEW_ROUTE,
                        NetlinkRequest.ACK | NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE)
                .u8(AF_INET)
                .u8(0)
                .u8(0)
                .u8(0)
                .u8(TABLE_MAIN)
                .u8(PROTOCOL_BOOT)
                .u8(SCOPE_UNIVERSE)
                .u8(TYPE_UNICAST)
                .u32(0)
                .attribute(ROUTE_GATEWAY, Ipv4Subnet.bytes(gateway))
                .attribute(ROUTE_OUT, eth0);
        connection.exchange(request);
    }

    private static void address(NetlinkRequest request, int link, int address, int prefix) {
        int broadcast = address | ~Ipv4Subnet.around(address, prefix).mask();
        request.message(
                        "give a link the address " + Ipv4Subnet.text(address),
                        NEW_ADDRESS,
                        NetlinkRequest.ACK | NetlinkRequest.CREATE | NetlinkRequest.EXCLUSIVE)
                .u8(AF_INET)
                .u8(prefix)
                .u8(0)
                .u8(SCOPE_UNIVERSE)
                .u32(link)
                .attribute(ADDRESS_LOCAL, Ipv4Subnet.bytes(address))
                .attribute(ADDRESS_ADDRESS, Ipv4Subnet.bytes(address))
                .attribute(ADDRESS_BROADCAST, Ipv4Subnet.bytes(broadcast));
    }

    private static NetlinkRequest link(NetlinkRequest request, int index, int flags, int change) {
        return request.u8(0).u8(0).u16(0).u32(index).u32(flags).u32(change);
    }

    /** What the host's routes and addresses take, in every routing table; default routes take nothing. */
    List<Ipv4Subnet> taken() throws IOException {
        var taken = new ArrayList<Ipv4Subnet>();
        for (Route route : routes()) {
            if (route.destination().prefix() > 0) {
                taken.add(route.destination());
            }
        }
        NetlinkRequest request = new NetlinkRequest()
                .message("list addresses", GET_ADDRESS, NetlinkRequest.DUMP)
                .u8(AF_INET)
                .u8(0)
                .u16(0)
                .u32(0);
        for (NetlinkMessage message : connection.exchange(request)) {
            int prefix = message.payload().get(1) & 0xff;
            address(message.attributes(ADDRESS_FIXED), ADDRESS_ADDRESS)
                    .ifPresent(address -> taken.add(Ipv4Subnet.around(address, prefix)));
        }
        return taken;
    }

    /** The link that most packets leave by: that of the default route with the least metric. */
    Optional<Link> uplink() throws IOException {
        Optional<Route> best = routes().stream()
                .filter(route -> route.destination().prefix() == 0 && route.link() != 0)
                .min(Comparator.comparingLong(route -> Integer.toUnsignedLong(route.metric())));
        if (best.isEmpty()) {
            return Optional.empty();
        }
        return list().stream().filter(link -> link.index() == best.get().link()).findFirst();
    }

    private record Route(Ipv4Subnet destination, int link, int metric) {}

    private List<Route> routes() throws IOException {
        NetlinkRequest request = new NetlinkRequest()
                .message("list routes", GET_ROUTE, NetlinkRequest.DUMP)
                .u8(AF_INET)
                .u8(0)
                .u16(0)
                .u32(0)
                .u32(0);
        var routes = new ArrayList<Route>();
        for (NetlinkMessage message : connection.exchange(request)) {
            if (message.payload().get(0) != AF_INET) {
                continue;
            }
            var attributes = message.attributes(ROUTE_FIXED);
            int prefix = message.payload().get(1) & 0xff;
            int destination = address(attributes, ROUTE_DESTINATION).orElse(0);
            routes.add(new Route(
                    Ipv4Subnet.around(destination, prefix),
                    attributes.number(ROUTE_OUT).orElse(0),
                    attributes.number(ROUTE_PRIORITY).orElse(0)));
        }
        return routes;
    }

    private static Optional<Integer> address(NetlinkMessage.Attributes attributes, int type) {
        return attributes.bigEndian(type);
    }

    @Override
    public void close() {
        connection.close();
    }
}
