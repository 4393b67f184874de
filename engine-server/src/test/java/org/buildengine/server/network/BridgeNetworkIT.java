package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.server.network.Network.Rights;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real bridges and namespaces, without containers. */
class BridgeNetworkIT {
    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    private BridgeNetwork.Settings settings(String name, String subnet) {
        var usual = BridgeNetwork.Settings.of(
                directory.resolve(name), subnet.isEmpty() ? Optional.empty() : Optional.of(Ipv4Subnet.parse(subnet)));
        return new BridgeNetwork.Settings(
                usual.root(), usual.subnet(), 2, Duration.ofMillis(300), usual.resolvConf(), usual.behindSystemd());
    }

    private BridgeNetwork bridge(String name, String subnet) throws IOException {
        BridgeNetwork bridge = BridgeNetwork.open(settings(name, subnet));
        open.add(bridge);
        return bridge;
    }

    private String bridgeName(String name) {
        return new BridgeNames(directory.resolve(name)).bridge();
    }

    private String table(String name) {
        return new BridgeNames(directory.resolve(name)).table();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (AutoCloseable part : open.reversed()) {
            part.close();
        }
        assertThat(links())
                .noneMatch(link ->
                        link.name().equals(bridgeName("a")) || link.name().equals(bridgeName("b")));
        assertThat(FilterTables.chains())
                .noneMatch(chain -> chain.startsWith(table("a")) || chain.startsWith(table("b")));
    }

    private static List<Links.Link> links() throws IOException {
        try (Links links = Links.open()) {
            return links.list();
        }
    }

    private static Path path(Endpoint endpoint) {
        return ((Namespace.Prepared) endpoint.namespace()).path();
    }

    /** Which namespace it is, whatever descriptor leads there. */
    private static String identity(Endpoint endpoint) throws IOException {
        return Files.readSymbolicLink(path(endpoint)).toString();
    }

    private static <T> T inside(Endpoint endpoint, NetworkNamespace.Work<T> work) throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.at(path(endpoint))) {
            return namespace.inside(work);
        }
    }

    /** The namespaces of as many executions, one after another. */
    private static Set<String> later(BridgeNetwork bridge, int count) throws Exception {
        var seen = new HashSet<String>();
        for (int i = 0; i < count; i++) {
            try (Endpoint endpoint = bridge.join(Rights.USUAL)) {
                seen.add(identity(endpoint));
            }
            Thread.sleep(5);
        }
        return seen;
    }

    @Test
    void aNamespaceThatWasNotUsedIsReadyAgain() throws Exception {
        BridgeNetwork bridge = bridge("a", "");

        assertThat(later(bridge, 40)).hasSizeLessThan(10);
    }

    @Test
    void oneThatAnExecutionWithAllRightsHadIsThrownAway() throws Exception {
        BridgeNetwork bridge = bridge("a", "");
        try (Endpoint endpoint = bridge.join(Rights.ALL)) {
            inside(endpoint, () -> {
                try (Links links = Links.open();
                        Firewall firewall = Firewall.open()) {
                    links.addAddress(1, 0x7f000101, 32);
                    firewall.add("mine", Ipv4Subnet.parse("10.9.0.0/16"), "eth0");
                    return true;
                }
            });
        }

        for (int i = 0; i < 12; i++) {
            try (Endpoint endpoint = bridge.join(Rights.USUAL)) {
                List<Ipv4Subnet> taken = inside(endpoint, () -> {
                    try (Links links = Links.open()) {
                        return links.taken();
                    }
                });
                List<String> chains = inside(endpoint, FilterTables::chains);
                assertThat(taken).doesNotContain(Ipv4Subnet.parse("127.0.1.1/32"));
                assertThat(chains).isEmpty();
            }
        }
    }

    @Test
    void oneThatSentAPacketIsThrownAway() throws Exception {
        BridgeNetwork bridge = bridge("a", "");
        Endpoint endpoint = bridge.join(Rights.USUAL);
        String used = identity(endpoint);
        // Keeps the namespace alive, so that its number does not come again.
        open.add(NetworkNamespace.at(path(endpoint)));
        inside(endpoint, () -> {
            try (var socket = new DatagramSocket()) {
                var nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
                socket.send(new DatagramPacket(new byte[1], 1, nobody));
                return true;
            }
        });
        endpoint.close();

        assertThat(later(bridge, 20)).doesNotContain(used);
    }

    @Test
    void oneThatHasASocketLeftIsThrownAway() throws Exception {
        BridgeNetwork bridge = bridge("a", "");
        Endpoint endpoint = bridge.join(Rights.USUAL);
        String used = identity(endpoint);
        open.add(inside(endpoint, () -> new ServerSocket(4711)));
        endpoint.close();

        assertThat(later(bridge, 20)).doesNotContain(used);
    }

    @Test
    void aSubnetWithoutAFreeAddressIsWaitedForAndThenSaid() throws Exception {
        BridgeNetwork bridge = bridge("a", "10.254.253.0/29");
        var taken = new ArrayList<Endpoint>();
        for (int i = 0; i < 5; i++) {
            taken.add(bridge.join(Rights.USUAL));
        }
        assertThat(taken.stream().map(endpoint -> endpoint.hosts("x")).distinct())
                .hasSize(5);

        assertThatThrownBy(() -> bridge.join(Rights.USUAL))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("all 5 addresses of the network 10.254.253.0/29 have been in use for")
                .hasMessageEndingWith("give the daemon a larger one with --network-subnet");

        Thread.ofVirtual().start(() -> taken.getFirst().close());
        try (Endpoint next = bridge.join(Rights.USUAL)) {
            assertThat(next.hosts("x")).contains("10.254.253.");
        }
        taken.forEach(Endpoint::close);
        await().untilAsserted(() -> assertThat(later(bridge, 10)).isNotEmpty());
    }

    @Test
    void twoDaemonsHaveDifferentSubnetsAndLeaveEachOtherAlone() throws Exception {
        BridgeNetwork a = bridge("a", "");
        BridgeNetwork b = BridgeNetwork.open(settings("b", ""));
        try (Endpoint one = a.join(Rights.USUAL);
                Endpoint other = b.join(Rights.USUAL)) {
            assertThat(one.hosts("x")).isNotEqualTo(other.hosts("x"));
            assertThat(a.description()).contains(bridgeName("a"));
        } finally {
            b.close();
        }

        assertThat(links()).anyMatch(link -> link.name().equals(bridgeName("a")));
        try (Endpoint again = a.join(Rights.USUAL)) {
            assertThat(again.hosts("x")).contains("10.2");
        }
    }

    @Test
    void whatADaemonOfTheSameRootLeftIsRemoved() throws Exception {
        // Not closed: what a killed daemon leaves, but for its namespaces, which die with it.
        Bridge left = Bridge.open(new BridgeNames(directory.resolve("a")), Optional.empty());
        Bridge.Port port = left.addPort().orElseThrow();
        int leftLink = links().stream()
                .filter(link -> link.name().equals(port.link()))
                .findFirst()
                .orElseThrow()
                .index();

        bridge("a", "");

        assertThat(links()).noneMatch(link -> link.index() == leftLink);
        assertThat(links().stream().filter(link -> link.name().equals(bridgeName("a"))))
                .hasSize(1);
        assertThat(FilterTables.chains().stream().filter(chain -> chain.startsWith(table("a"))))
                .hasSize(2);
        port.close();
    }

    @Test
    void aSubnetThatTheHostUsesIsRefused() throws Exception {
        bridge("a", "10.254.253.0/24");
        Path root = directory.resolve("b");
        var wanted = Optional.of(Ipv4Subnet.parse("10.254.253.128/25"));

        assertThatThrownBy(() -> Networks.open(Networks.Choice.BRIDGE, root, wanted))
                .isInstanceOf(IOException.class)
                .hasMessage("the network bridge does not work here: the subnet 10.254.253.128/25 overlaps"
                        + " 10.254.253.0/24, which this machine has a route for; choose another with --network-subnet");
        try (Network chosen = Networks.open(Networks.Choice.AUTO, root, wanted)) {
            assertThat(chosen.name()).isEqualTo("host");
        }
    }

    @Test
    void tryingABridgeChangesNothing() throws Exception {
        List<String> before = links().stream().map(Links.Link::name).sorted().toList();
        String forwarding = Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward"));

        assertThat(Networks.tryBridge()).startsWith("works");

        assertThat(links().stream().map(Links.Link::name).sorted().toList()).isEqualTo(before);
        assertThat(Path.of("/proc/sys/net/ipv4/ip_forward")).hasContent(forwarding.strip());
    }

    @Test
    void aHostThatDropsWhatItForwardsLetsTheBridgeThroughAsLongAsItIsThere() throws Exception {
        try (NetworkNamespace host = NetworkNamespace.create()) {
            host.inside(() -> {
                FilterTables.addStrict();
                try (Bridge bridge = Bridge.open(new BridgeNames(directory), Optional.empty())) {
                    assertThat(bridge.opened()).containsExactly(new Firewall.Chain(2, "strict", "FORWARD"));
                    assertThat(FilterTables.rules())
                            .filteredOn("strict/FORWARD"::equals)
                            .hasSize(2);
                }
                assertThat(FilterTables.rules()).isEmpty();
                assertThat(FilterTables.chains()).containsExactly("strict/FORWARD");
                return true;
            });
        }
    }

    @Test
    void withoutRightsTheErrorSaysWhatIsNeeded() throws Exception {
        assertThat(Networks.refused(new LinuxException(1, "make", "network")))
                .hasMessage("the network bridge does not work here: network: make: Operation not permitted; the daemon"
                        + " needs CAP_NET_ADMIN and CAP_SYS_ADMIN: run it as root, or choose --network=host");
        assertThat(Networks.refused(new LinuxException(95, "make", "network")))
                .hasMessageEndingWith("the kernel lacks a part: modprobe -a bridge veth nf_tables nft_masq nft_ct, or"
                        + " choose --network=host");
    }
}
