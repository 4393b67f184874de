package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What sessions that build at the same time have of each other. */
@Timeout(180)
class SharedBuildIT {
    private static final int SESSIONS = 50;
    private static final int STEPS = 30;

    /** Less than any limit of a registry that hangs. */
    private static final Duration PROMPT = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Site site;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void open() throws IOException, InterruptedException {
        site = Site.openForSessions(directory, Map.of());
    }

    @AfterEach
    void close() throws Exception {
        try {
            site.close();
        } finally {
            threads.close();
        }
    }

    /** Each step leaves its number in the volume; the answer is the output of the last. */
    private String build(Client client, String nonce) throws Exception {
        String volume = client.ask("cacheVolume(key: \"shared\") { id");
        var fields = new StringBuilder("container { from(address: \"" + site.image()
                + "\") { withMountedCache(path: \"/cache\", cache: \"" + volume
                + "\") { withEnvVariable(name: \"NONCE\", value: \"" + nonce + "\") {");
        for (int step = 1; step <= STEPS; step++) {
            fields.append(" withExec(args: [\"sh\", \"-c\", \"echo " + step + " >> /cache/ran-$NONCE; echo step " + step
                    + "\"]) {");
        }
        return client.ask(fields.append(" stdout").toString());
    }

    @Test
    void eachStepRunsOnceWhenFiftySessionsAskForTheSameBuild() throws Exception {
        String nonce = Site.nonce();
        var clients = new ArrayList<Client>();
        try {
            for (int i = 0; i < SESSIONS; i++) {
                clients.add(Client.open(site.engine().address()));
            }
            List<Future<String>> answers = clients.stream()
                    .map(client -> threads.submit(() -> build(client, nonce)))
                    .toList();
            for (Future<String> answer : answers) {
                assertThat(answer.get()).isEqualTo("step " + STEPS + "\n");
            }
        } finally {
            clients.forEach(Client::close);
        }
        assertThat(site.engine().executions(nonce))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, STEPS)
                        .mapToObj(String::valueOf)
                        .toList());
    }

    /** That the other one comes to its end while the registry still says nothing is not a matter of time. */
    @Test
    void registryThatNeverAnswersDelaysNoOtherSession() throws Exception {
        try (var registry = new SilentRegistry();
                Client other = Client.open(site.engine().address())) {
            Future<String> hanging;
            try (Client stuck = Client.open(site.engine().address())) {
                hanging = threads.submit(() -> pull(stuck, registry.image()));
                await().atMost(Running.PATIENCE).until(registry::wasAsked);

                assertThat(build(other, Site.nonce())).isEqualTo("step " + STEPS + "\n");
                assertThat(hanging).isNotDone();
                assertThat(site.engine().engine("waits").succeeded().out()).contains(registry.image());
            }
            assertThatThrownBy(hanging::get).isInstanceOf(ExecutionException.class);
        }
    }

    private static String pull(Client client, String image) throws Exception {
        return client.ask("container { from(address: \"" + image + "\") { rootfs { entries");
    }

    /** The other one wants the same image, with the same layer, of a registry that sends it. */
    @Test
    void layerThatStandsStillDelaysNobodyWhoAsksAnotherRegistryForIt() throws Exception {
        site.fill(1 << 20, 1, new Random(1));
        try (Cable way = site.wayToRegistry();
                Client other = Client.open(site.engine().address())) {
            way.freezeAfter(100_000);
            Future<String> hanging;
            try (Client stuck = Client.open(site.engine().address())) {
                hanging = threads.submit(() -> pull(stuck, site.largeImage(way)));
                await().atMost(Running.PATIENCE)
                        .until(() -> site.engine()
                                .engine("waits")
                                .succeeded()
                                .out()
                                .contains("registry localhost:" + way.port() + " to send layer sha256:"));

                assertThat(threads.submit(() -> pull(other, site.largeImage()))).succeedsWithin(PROMPT);
                assertThat(hanging).isNotDone();
            }
            assertThatThrownBy(hanging::get).isInstanceOf(ExecutionException.class);
        }
    }

    /** Takes connections and says nothing. */
    private static final class SilentRegistry implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Queue<Socket> connections = new ConcurrentLinkedQueue<>();

        private final Thread accepting = Thread.startVirtualThread(() -> {
            try {
                while (true) {
                    connections.add(socket.accept());
                }
            } catch (IOException e) {
                // It was closed.
            }
        });

        private SilentRegistry() throws IOException {}

        private String image() {
            return "127.0.0.1:" + socket.getLocalPort() + "/team/silent:1";
        }

        private boolean wasAsked() {
            return !connections.isEmpty();
        }

        @Override
        public void close() throws IOException {
            socket.close();
            accepting.interrupt();
            for (Socket connection : connections) {
                connection.close();
            }
        }
    }
}
