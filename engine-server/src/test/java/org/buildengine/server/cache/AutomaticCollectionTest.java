package org.buildengine.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.buildengine.server.cache.AutomaticCollection.Pace;
import org.buildengine.server.fixture.FakeCollector;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.RecordType;
import org.junit.jupiter.api.Test;

/** When the cache is collected by itself; every disk has more than one byte on it. */
class AutomaticCollectionTest {
    private static final Pace UNTIL_THE_END = new Pace(Duration.ofMillis(1), Duration.ofDays(1));
    private static final Pace AT_ONCE = new Pace(Duration.ofMillis(1), Duration.ZERO);

    private final FakeCollector collector = new FakeCollector();

    private AutomaticCollection start(boolean automatic, DiskSpace maxUsed, Pace pace) {
        var rules = new CacheRules(automatic, Duration.ofDays(60), DiskSpace.NONE, maxUsed, DiskSpace.NONE);
        return AutomaticCollection.start(new LocalCache(collector, Path.of("/"), rules), pace);
    }

    private void awaitCollection() {
        await().until(() -> collector.usage().records().isEmpty());
    }

    @Test
    void endOfASessionStartsACollection() {
        try (var collection = start(true, DiskSpace.ofBytes(1), UNTIL_THE_END)) {
            collector.add("1", RecordType.REGULAR, "x", false);
            collection.worked();
            collection.ended();
            awaitCollection();

            collector.add("2", RecordType.REGULAR, "y", false);
            collection.worked();
            collection.ended();
            awaitCollection();
        }
    }

    @Test
    void sessionThatGoesOnIsNotWaitedForForEver() {
        try (var collection = start(true, DiskSpace.ofBytes(1), AT_ONCE)) {
            collector.add("1", RecordType.REGULAR, "x", false);
            collection.worked();
            awaitCollection();
        }
    }

    @Test
    void whatIsInUseAndWhatIsNotUsedForLongStandInTheOrderOfTheRules() {
        var rules = new CacheRules(true, Duration.ofDays(60), DiskSpace.NONE, DiskSpace.ofBytes(1), DiskSpace.NONE);
        var policies = rules.policies(rules.limits(1));

        assertThat(policies).hasSize(3);
        assertThat(policies.getFirst().keepDuration()).isEqualTo(Duration.ofDays(60));
        assertThat(policies.getLast().keepDuration()).isZero();
        collector.add("1", RecordType.INTERNAL, "internal", false);
        CacheRecord internal = collector.usage().records().getFirst();
        assertThat(policies)
                .extracting(policy -> policy.matching().test(internal))
                .containsExactly(false, false, true);
    }

    @Test
    void emptyEnoughDiskIsLeftAlone() throws Exception {
        var rules = new CacheRules(true, Duration.ZERO, DiskSpace.NONE, DiskSpace.NONE, DiskSpace.NONE);
        var cache = new LocalCache(collector, Path.of("/"), rules);
        assertThat(cache.mayBeOver(new CacheRules.Limits(0, Long.MAX_VALUE, 0, 0)))
                .isFalse();
        assertThat(cache.mayBeOver(new CacheRules.Limits(0, 1, 0, 0))).isTrue();
        assertThat(cache.mayBeOver(new CacheRules.Limits(0, 0, Long.MAX_VALUE, 0)))
                .isTrue();
        assertThat(cache.mayBeOver(new CacheRules.Limits(1, 0, 0, 0))).isFalse();
    }

    @Test
    void nothingHappensByItselfWhenTheRulesSaySo() {
        collector.add("1", RecordType.REGULAR, "x", false);
        var collection = start(false, DiskSpace.ofBytes(1), AT_ONCE);
        collection.worked();
        collection.ended();
        collection.close();
        assertThat(collector.applied).isEmpty();
    }
}
