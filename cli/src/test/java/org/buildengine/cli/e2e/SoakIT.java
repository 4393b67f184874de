package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon under mixed load for a long time does not grow. The time is cut into phases; after each one the daemon is left
 * in peace until no session is left, and counted. The first phase fills what is kept on purpose; at the end of the last one
 * there is no more than then.
 */
@Tag(Site.LONG)
class SoakIT {
    private static final int MINUTES = Integer.getInteger("engine.soak.minutes", 10);
    private static final int PHASES = 4;
    private static final int LARGE = 4 << 20;
    private static final int IMAGES = 8;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** How much more of the heap may live, in bytes: something for what is loaded late. */
    private static final long HEAP = 4 << 20;

    /** Lets a collection clear what is only kept as long as there is room: the indexes of layers. */
    private static final String CLEARED_CACHES = "-XX:SoftRefLRUPolicyMSPerMB=0";

    /** And for each layer that came into the cache, whose place is kept in memory. */
    private static final long HEAP_PER_LAYER = 1024;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @Test
    void nothingGrowsUnderMixedLoad() throws Exception {
        Assumptions.assumeTrue(MINUTES > 0, "switched off by engine.soak.minutes");
        long seed = Long.getLong("engine.seed", System.nanoTime());
        var random = new Random(seed);
        var counts = new ArrayList<Footprint>();
        try (Site site = Site.openForSessions(
                directory, Map.of("ENGINE_CLIENT_DEADLINE", "10", "ENGINE_JAVA_OPTS", CLEARED_CACHES))) {
            site.fill(LARGE, IMAGES, random);
            var load = new Load(site);
            for (int phase = 0; phase < PHASES; phase++) {
                load.run(Duration.ofMinutes(MINUTES).dividedBy(PHASES), random);
                counts.add(inPeace(site, seed));
                System.out.println("Soak, phase " + phase + ": " + load.done() + ", " + counts.getLast());
            }
        }
        Footprint first = counts.getFirst();
        Footprint last = counts.getLast();
        assertThat(last.beyond(first, Footprint.KEPT_AT_HAND))
                .as("seed " + seed)
                .isEmpty();
        assertThat(last.heap())
                .as("heap, seed " + seed)
                .isLessThan(first.heap() + HEAP + HEAP_PER_LAYER * (last.layers() - first.layers()));
    }

    private static Footprint inPeace(Site site, long seed) throws IOException, InterruptedException {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(Footprint.of(site.engine()).ofSessions())
                        .as("seed " + seed)
                        .isEmpty());
        return Footprint.of(site.engine());
    }
}
