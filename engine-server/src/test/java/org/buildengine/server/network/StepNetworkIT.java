package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.buildengine.server.exec.ExecEnvironment;
import org.buildengine.server.exec.ExecRunner;
import org.buildengine.server.exec.ExecSettings;
import org.buildengine.server.fixture.BusyboxTree;
import org.buildengine.server.fixture.DirectorySnapshotter;
import org.buildengine.server.fixture.Execs;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.Expect;
import org.buildengine.solver.op.ExecOp.Facts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What real containers see of the bridge, with each runtime. */
@ParameterizedClass
@EnumSource(
        value = ExecSettings.RuntimeChoice.class,
        names = {"CRUN", "RUNC"})
class StepNetworkIT {
    /** An address of loopback that nothing else on a machine listens at. */
    private static final String RESOLVER = "127.83.61.7";

    private final ExecSettings.RuntimeChoice choice;

    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private ExecRunner runner;

    StepNetworkIT(ExecSettings.RuntimeChoice choice) {
        this.choice = choice;
    }

    @BeforeEach
    void openEngine() throws IOException {
        var snapshotter = new DirectorySnapshotter(Files.createDirectory(directory.resolve("trees")));
        BusyboxTree.fill(
                snapshotter.create("base"),
                List.of(
                        "sh",
                        "cat",
                        "ip",
                        "ping",
                        "nc",
                        "printf",
                        "nslookup",
                        "grep",
                        "sleep",
                        "echo",
                        "ls",
                        "true",
                        "hostname"));
        Path resolvConf = Files.writeString(
                directory.resolve("resolv.conf"), "search example.test\nnameserver " + RESOLVER + "\n");
        var usual = BridgeNetwork.Settings.of(directory, Optional.empty());
        Network network = BridgeNetwork.open(new BridgeNetwork.Settings(
                usual.root(),
                usual.subnet(),
                2,
                Duration.ofSeconds(20),
                resolvConf,
                directory.resolve("no-such-file")));
        open.add(network);
        ExecEnvironment environment = ExecEnvironment.open(
                new ExecSettings(choice, network, true, Path.of("/usr/bin/tini-static"), directory.resolve("run")),
                directory);
        open.add(environment);
        assertThat(environment.runtimeName()).as("%s", environment.findings()).isPresent();
        runner = new ExecRunner(environment, snapshotter);
    }

    @AfterEach
    void closeEverything() throws Exception {
        for (AutoCloseable part : open.reversed()) {
            part.close();
        }
    }

    private String stdout(Execs exec) throws Exception {
        ExecOp op = exec.expect(Expect.ANY).op();
        return runner.run(op, List.of(DirectorySnapshotter.snapshot("base")), new FakeRun(op))
                .facts()
                .getOrDefault(Facts.STDOUT, "nothing");
    }

    /** A request without a client program: that of busybox looks for files that are not in the tree. */
    private static String get(String address, int port) {
        return "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 10 " + address + " " + port + " || echo refused";
    }

    @Test
    void aStepHasAnAddressARouteAndItsOwnName() throws Exception {
        String seen = stdout(Execs.shell(
                "ip -o -4 addr show eth0; ip route; cat /etc/hosts; ip -o -6 addr show lo; cat /sys/class/net/eth0/mtu"
                        + "; set -- $(ip route | grep default); ping -c 1 -w 5 $3 | grep received; hostname"));

        assertThat(seen)
                .containsPattern("eth0 +inet (10|172|192)\\.[0-9.]+/20 ")
                .containsPattern("default via [0-9.]+ dev eth0")
                .contains("1 packets received")
                .containsPattern("(10|172|192)\\.[0-9.]+\tdagger\n")
                .contains("::1/128")
                .endsWith("dagger\n");
        try (Links links = Links.open()) {
            int mtu = links.uplink().map(Links.Link::mtu).orElse(1500);
            assertThat(seen).contains("\n" + mtu + "\n");
        }
    }

    @Test
    void stepsReachTheWorldBehindTheAddressOfTheHost() throws Exception {
        try (OutsideWorld world = OutsideWorld.open()) {
            assertThat(stdout(Execs.shell(get(OutsideWorld.ADDRESS, world.port()))))
                    .endsWith("hello " + OutsideWorld.HOST + "\n");
        }
    }

    @Test
    void servicesOnTheLoopbackOfTheHostAreOutOfReach() throws Exception {
        String gateway = stdout(Execs.shell("set -- $(ip route | grep default); echo $3"))
                .strip();
        try (ServerSocket hidden = OutsideWorld.serve("127.0.0.1");
                ServerSocket shown = OutsideWorld.serve(gateway)) {
            assertThat(stdout(Execs.shell(get(gateway, shown.getLocalPort())))).contains("hello");
            assertThat(stdout(Execs.shell(get(gateway, hidden.getLocalPort())))).endsWith("refused\n");
            assertThat(stdout(Execs.shell(get("127.0.0.1", hidden.getLocalPort()))))
                    .endsWith("refused\n");
        }
    }

    @Test
    void stepsAtTheSameTimeHaveDifferentAddresses() throws Exception {
        var tasks = new ArrayList<FutureTask<String>>();
        for (int i = 0; i < 6; i++) {
            var task = new FutureTask<>(() -> stdout(Execs.shell("ip -o -4 addr show eth0; sleep 1")));
            tasks.add(task);
            Thread.ofVirtual().start(task);
        }
        var addresses = new ArrayList<String>();
        for (var task : tasks) {
            addresses.add(task.get().replaceAll("(?s).*inet ([0-9.]+)/.*", "$1"));
        }
        assertThat(addresses).doesNotHaveDuplicates().allMatch(address -> address.matches("[0-9.]+"));
    }

    @Test
    void namesAreAskedOfAResolverThatOnlyTheHostReaches() throws Exception {
        try (var resolver = new DatagramSocket(new InetSocketAddress(RESOLVER, 53))) {
            Thread.ofVirtual().start(() -> resolve(resolver));

            String seen = stdout(Execs.shell("cat /etc/resolv.conf; nslookup -type=a www.example.test"));

            assertThat(seen).startsWith("search example.test\nnameserver ").doesNotContain(RESOLVER);
            assertThat(seen).contains("www.example.test").contains("203.0.113.9");
        }
    }

    /** Answers every question with one address. */
    private static void resolve(DatagramSocket resolver) {
        while (!resolver.isClosed()) {
            try {
                var question = new DatagramPacket(new byte[512], 512);
                resolver.receive(question);
                byte[] answer = java.util.Arrays.copyOf(question.getData(), question.getLength() + 16);
                answer[2] = (byte) 0x81;
                answer[3] = (byte) 0x80;
                answer[7] = 1;
                byte[] record = {(byte) 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (byte) 203, 0, 113, 9};
                System.arraycopy(record, 0, answer, question.getLength(), record.length);
                resolver.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
            } catch (IOException e) {
                // Closed by the test.
            }
        }
    }

    @Test
    void questionsByTcpAreHandedOnWordForWord() throws Exception {
        try (var resolver = new ServerSocket(53, 5, new InetSocketAddress(RESOLVER, 0).getAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket client = resolver.accept()) {
                    client.getOutputStream().write(client.getInputStream().readNBytes(5));
                } catch (IOException e) {
                    // Closed by the test.
                }
            });
            String gateway = stdout(Execs.shell("grep nameserver /etc/resolv.conf"))
                    .strip()
                    .replace("nameserver ", "");
            try (var client = new Socket(gateway, 53)) {
                client.setSoTimeout(10_000);
                client.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
            }
        }
    }

    @Test
    void whatAStepWithAllRightsDidIsNotSeenByTheNext() throws Exception {
        String changed = stdout(Execs.shell("ip addr add 10.77.0.1/24 dev eth0 && ip route add 10.78.0.0/24 dev eth0"
                        + " && ip link set eth0 mtu 1234; echo 77 > /proc/sys/net/ipv4/ip_default_ttl;"
                        + " ip -o addr; ip route; cat /sys/class/net/eth0/mtu /proc/sys/net/ipv4/ip_default_ttl")
                .insecure());
        assertThat(changed).contains("10.77.0.1/24").contains("10.78.0.0/24").endsWith("1234\n77\n");

        for (int i = 0; i < 5; i++) {
            assertThat(stdout(Execs.shell(
                            "ip -o addr; ip route; cat /sys/class/net/eth0/mtu /proc/sys/net/ipv4/ip_default_ttl")))
                    .doesNotContain("10.77.0")
                    .doesNotContain("10.78.0")
                    .doesNotContain("1234")
                    .doesNotContain("77\n");
        }
    }

    @Test
    void aUsualStepMayNotChangeItsNetwork() throws Exception {
        assertThat(stdout(Execs.shell("ip addr add 10.77.0.1/24 dev eth0 || echo refused;"
                        + " ip route add 10.78.0.0/24 dev eth0 || echo refused;"
                        + " echo 1 > /proc/sys/net/ipv4/ip_forward || echo refused")))
                .isEqualTo("refused\nrefused\nrefused\n");
    }

    @Test
    void aStepThatEndsGivesItsNamespaceBack() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(stdout(Execs.command("true"))).isEmpty();
        }
        await().untilAsserted(() -> {
            try (Links links = Links.open()) {
                String bridge = new BridgeNames(directory).bridge();
                int index = links.find(bridge).orElseThrow().index();
                assertThat(links.list().stream().filter(link -> link.master() == index))
                        .hasSizeLessThanOrEqualTo(8);
            }
        });
    }
}
