package org.buildengine.server.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.registry.ImageResolver;
import org.buildengine.server.registry.Inquiry;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.RegistryClient;
import org.buildengine.server.registry.RegistryCredentials;
import org.buildengine.server.registry.RegistrySettings;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.waiting.Waits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How pulls end whose layers are known to the store, so that none is fetched. */
@Timeout(60)
class ImageSourceTest {
    private static final StoredResult LAYER = new StoredResult(
            1,
            Digest.of("layer"),
            List.of(Snapshot.EMPTY),
            Map.of(),
            Set.of(),
            Instant.EPOCH,
            Duration.ZERO,
            Origin.UNKNOWN);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, byte[]> documents = new HashMap<>();
    private HttpServer registry;
    private RegistryClient client;

    /** How the store looks for a layer. */
    private interface Looking {
        Optional<StoredResult> find(Digest key);
    }

    @BeforeEach
    void start() throws IOException {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                byte[] body = Objects.requireNonNull(documents.get(path.substring(path.lastIndexOf('/') + 1)));
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        registry.start();
        client = new RegistryClient(RegistrySettings.DEFAULT);
    }

    @AfterEach
    void stop() {
        client.close();
        registry.stop(0);
        threads.shutdownNow();
    }

    private SourceOp image(byte[]... layers) throws Exception {
        ImageFixture image = ImageFixture.of(List.of(layers));
        image.blobs().forEach(blob -> documents.put(Digest.of(blob).toString(), blob));
        image.manifests()
                .forEach(manifest -> documents.put(Digest.of(manifest.body()).toString(), manifest.body()));
        documents.put("1", image.top().body());
        documents.put(Digest.of(image.top().body()).toString(), image.top().body());
        return ImageSource.op(new ImageResolver(client)
                .resolve(
                        "127.0.0.1:" + registry.getAddress().getPort() + "/team/app:1",
                        Platform.parse("linux/amd64"),
                        RegistryCredentials.NONE,
                        new Inquiry()));
    }

    private ImageSource source(Looking looking) {
        var results = fake(ResultStore.class, "find", arguments -> looking.find((Digest) arguments[1]));
        Snapshotter snapshotter = fake(Snapshotter.class, "results", _ -> results);
        return new ImageSource(new ImageResolver(client), client, snapshotter, new Waits(InstantSource.system()));
    }

    private interface Answer {
        Object to(Object[] arguments);
    }

    private static <T> T fake(Class<T> type, String only, Answer answer) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo(only);
                    return answer.to(arguments);
                }));
    }

    @Test
    void whoeverGoesAsALayerFailsWaitsForTheOthersToEnd() throws Exception {
        byte[] broken = {1};
        SourceOp op = image(broken, new byte[] {2});
        Digest brokenKey =
                new KeyEncoder().text("layer").digest(Digest.of(broken)).finish();
        var run = new FakeRun(op);
        var bothLook = new CountDownLatch(2);
        var ended = new AtomicBoolean();
        ImageSource source = source(key -> {
            bothLook.countDown();
            try {
                bothLook.await();
                if (!key.equals(brokenKey)) {
                    new CountDownLatch(1).await();
                }
            } catch (InterruptedException e) {
                run.cancel();
                endLate();
                ended.set(true);
            }
            throw new IllegalStateException("the store is broken");
        });

        Future<?> pull = threads.submit(() -> {
            assertThatThrownBy(() -> source.run(op, List.of(), run))
                    .isInstanceOf(IOException.class)
                    .hasMessageEndingWith("the store is broken");
            assertThat(ended).isTrue();
            assertThat(Thread.interrupted()).isTrue();
        });

        assertThat(pull).succeedsWithin(Duration.ofSeconds(30));
    }

    /** So late that whoever does not wait for it is gone by then. */
    private static void endLate() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void layerThatCannotBeHeldIsNotLookedForOnceTheRunIsCancelled() throws Exception {
        SourceOp op = image(new byte[] {1});
        var tried = new CountDownLatch(1);
        var run = new FakeRun(op).owned(fake(Owner.class, "hold", _ -> {
            tried.countDown();
            return false;
        }));
        Future<?> pull = threads.submit(() -> source(_ -> Optional.of(LAYER)).run(op, List.of(), run));
        tried.await();

        run.cancel();

        assertThat(pull)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(InterruptedException.class);
    }
}
