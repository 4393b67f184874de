package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names are resolved independently of each other. */
@Timeout(60)
class ResolverWaitsTest {
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final AtomicInteger hanging = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private HttpServer registry;
    private RegistryClient client;
    private ImageResolver resolver;

    @BeforeEach
    void start() throws IOException {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.setExecutor(threads);
        registry.createContext("/", exchange -> {
            try (exchange) {
                if (exchange.getRequestURI().getPath().contains("hangs")) {
                    hanging.incrementAndGet();
                    boolean _ = letGo.await(50, TimeUnit.SECONDS);
                }
                exchange.sendResponseHeaders(404, -1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        registry.start();
        client = new RegistryClient(RegistrySettings.DEFAULT);
        resolver = new ImageResolver(client);
    }

    @AfterEach
    void stop() throws InterruptedException {
        letGo.countDown();
        client.close();
        registry.stop(0);
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private ResolvedImage resolve(String name) throws IOException, InterruptedException {
        return resolver.resolve(
                "127.0.0.1:" + registry.getAddress().getPort() + "/team/" + name + ":1",
                Platform.host(),
                RegistryCredentials.NONE,
                new Inquiry());
    }

    /** Others locked a name in each job that resolved it, in no order, and nobody who waited could give up. */
    @Test
    void item01WhoResolvesANameThatHangsHoldsNobodyUpAndCanGiveUp() {
        List<Future<ResolvedImage>> asking = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            asking.add(threads.submit(() -> resolve("hangs-a")));
            asking.add(threads.submit(() -> resolve("hangs-b")));
        }
        await().until(() -> hanging.get() == 6);

        assertThatThrownBy(() -> resolve("other")).isInstanceOf(IOException.class);
        assertThat(asking).noneMatch(Future::isDone);
        Thread self = Thread.currentThread();
        Future<?> interrupting = threads.submit(() -> {
            while (hanging.get() < 7) {
                Thread.onSpinWait();
            }
            self.interrupt();
        });
        assertThatThrownBy(() -> resolve("hangs-a")).isInstanceOf(InterruptedException.class);
        assertThat(interrupting).succeedsWithin(Duration.ofSeconds(10));
        assertThat(letGo.getCount()).isOne();
    }
}
