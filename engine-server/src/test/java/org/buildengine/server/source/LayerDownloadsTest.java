package org.buildengine.server.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.buildengine.server.registry.RegistryCredentials.NONE;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.buildengine.server.registry.RegistryCredentials;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.StoredResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LayerDownloadsTest {
    private static final LayerDownloads.Wanted LAYER = new LayerDownloads.Wanted(Digest.of("layer"), "slow.example");

    private final LayerDownloads downloads = new LayerDownloads();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() {
        goOn.countDown();
        threads.close();
    }

    private static StoredResult result(long id) {
        return new StoredResult(
                id,
                Digest.of("identity"),
                List.of(),
                Map.of(),
                Set.of(),
                Instant.EPOCH,
                Duration.ZERO,
                new Origin(RecordType.REGULAR, "layer"));
    }

    private Future<StoredResult> slow(long id) {
        return threads.submit(() -> downloads.await(LAYER, NONE, (_, _) -> {
            begun.countDown();
            assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
            return result(id);
        }));
    }

    @Test
    void registryThatHangsKeepsNobodyWaitingWhoAskedAnotherOne() throws Exception {
        Future<StoredResult> hanging = slow(1);
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

        var elsewhere = new LayerDownloads.Wanted(LAYER.diffId(), "quick.example");
        Future<StoredResult> quick = threads.submit(() -> downloads.await(elsewhere, NONE, (_, _) -> result(2)));

        assertThat(quick.get(30, TimeUnit.SECONDS).id()).isEqualTo(2);
        assertThat(hanging).isNotDone();
    }

    @Test
    void whoWantsTheSameOfTheSameRegistryWaitsForTheDownloadUnderWay() throws Exception {
        Future<StoredResult> first = slow(1);
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        Future<StoredResult> second = threads.submit(() -> downloads.await(LAYER, NONE, (_, _) -> result(2)));
        assertThatThrownBy(() -> second.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);

        goOn.countDown();
        assertThat(first.get(30, TimeUnit.SECONDS).id()).isEqualTo(1);
        assertThat(second.get(30, TimeUnit.SECONDS).id()).isEqualTo(1);
    }

    @Test
    void downloadHasTheLoginsOfAllThatWaitForIt() throws Exception {
        RegistryCredentials gone = _ -> {
            throw new IOException("her machine is gone");
        };
        Future<StoredResult> first = threads.submit(() -> downloads.await(LAYER, gone, (_, logins) -> {
            begun.countDown();
            await().ignoreExceptions().until(() -> logins.login("slow.example").isPresent());
            return result(1);
        }));
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        RegistryCredentials his = _ -> Optional.of(new RegistryCredentials.Login("bob", "secret"));
        Future<StoredResult> second = threads.submit(() -> downloads.await(LAYER, his, (_, _) -> result(2)));

        assertThat(second.get(30, TimeUnit.SECONDS).id()).isEqualTo(1);
        assertThat(first.get(30, TimeUnit.SECONDS).id()).isEqualTo(1);
    }
}
