package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.buildengine.cli.e2e.Users.Drop;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that vanish or fall silent in the middle of whatever they are at. Most are sessions of this virtual machine
 * behind cables that are cut, the others are commands that get signals.
 */
@Tag(Site.LONG)
@Timeout(1800)
class DroppedSessionsIT {
    private static final int SESSIONS = Integer.getInteger("engine.drops", 200);

    /** Of ten, one is a command and two are dropped while they open. */
    private static final int KINDS = 10;

    private static final int AT_ONCE = 8;
    private static final int LARGE = 8 << 20;
    private static final int IMAGES = 12;

    /** In milliseconds; the latest moment. */
    private static final int MOMENT = 1500;

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    private final long seed = Long.getLong("engine.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void nothingIsLeftOfSessionsThatAreDroppedAtRandomMoments() throws Exception {
        try (Site site =
                Site.openForSessions(directory, Map.of("ENGINE_CLIENT_DEADLINE", "6", "ENGINE_STALL_DEADLINE", "15"))) {
            site.fill(LARGE, IMAGES, random);
            try (var warmUp = new Users(site)) {
                drop(warmUp, 2 * Activity.values().length);
                awaitNobody(site);
            }
            awaitReady(site);
            Footprint before = Footprint.of(site.engine());
            try (var users = new Users(site)) {
                drop(users, SESSIONS);
                // Those that are stalled are still there, on their side.
                awaitNobody(site);
                await().atMost(LIMIT)
                        .pollInterval(PAUSE)
                        .untilAsserted(
                                () -> assertThat(Footprint.of(site.engine()).beyond(before, Footprint.KEPT_AT_HAND))
                                        .as("seed " + seed)
                                        .isEmpty());
            }
        }
    }

    @Test
    void stalledClientsDelayNobody() throws Exception {
        // Whoever waited for one of them would wait for an hour.
        try (Site site = Site.openForSessions(directory, Map.of("ENGINE_CLIENT_DEADLINE", "3600"))) {
            site.fill(LARGE, IMAGES, random);
            try (var users = new Users(site)) {
                for (Activity activity : Activity.values()) {
                    users.session(activity, Drop.STALL, MOMENT / 2);
                    users.command(activity, Drop.STALL, MOMENT);
                }
                long stalled = sessions(site);
                assertThat(stalled).as("sessions that are stalled").isPositive();
                for (int i = 0; i < 5; i++) {
                    try (Client other = Client.open(site.engine().address(), site.user())) {
                        String nonce = Site.nonce();
                        assertThat(other.ask(Activity.step(site, nonce, "echo " + nonce)))
                                .isEqualTo(nonce + "\n");
                        assertThat(other.ask(Activity.UPLOAD.selections(site, nonce)))
                                .isNotEmpty();
                        assertThat(other.ask(Activity.EXPORT.selections(site, nonce)))
                                .isNotEmpty();
                        assertThat(other.ask(Activity.PULL.selections(site, nonce)))
                                .isNotNull();
                    }
                }
                await().atMost(LIMIT)
                        .pollInterval(PAUSE)
                        .untilAsserted(() -> assertThat(sessions(site)).isEqualTo(stalled));
            }
            awaitNobody(site);
        }
    }

    private void drop(Users users, int count) throws InterruptedException, ExecutionException {
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            var drops = new ArrayList<Future<?>>();
            for (int i = 0; i < count; i++) {
                Activity activity = Activity.any(random);
                Drop drop = Drop.any(random);
                int moment = random.nextInt(MOMENT);
                int kind = i % KINDS;
                drops.add(threads.submit(() -> {
                    switch (kind) {
                        case 0 -> users.command(activity, drop, moment + MOMENT / 2);
                        case 1, 2 -> users.opening(drop, moment);
                        default -> users.session(activity, drop, moment);
                    }
                    return activity;
                }));
            }
            for (Future<?> drop : drops) {
                drop.get();
            }
        }
    }

    /** Has a step run, and waits for what the daemon then keeps ready for the next one: a process that waits in its cgroup. */
    private void awaitReady(Site site) throws Exception {
        try (Client client = Client.open(site.engine().address(), site.user())) {
            assertThat(client.ask(Activity.step(site, Site.nonce(), "echo done")))
                    .isEqualTo("done\n");
        }
        await().atMost(LIMIT)
                .pollInterval(PAUSE)
                .untilAsserted(() -> assertThat(
                                Footprint.children(site.engine().daemon().pid()))
                        .hasSize(1));
        awaitNobody(site);
    }

    private static long sessions(Site site) throws IOException, InterruptedException {
        return Footprint.of(site.engine()).things().getOrDefault("DaggerSession", 0L);
    }

    private void awaitNobody(Site site) {
        await().atMost(LIMIT)
                .pollInterval(PAUSE)
                .untilAsserted(() -> assertThat(Footprint.of(site.engine()).ofSessions())
                        .as("seed " + seed)
                        .isEmpty());
    }
}
