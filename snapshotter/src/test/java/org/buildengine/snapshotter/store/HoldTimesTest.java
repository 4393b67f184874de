package org.buildengine.snapshotter.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HoldTimesTest {
    @Test
    void timesAreCountedByPowersOfTwoOfAMicrosecond() {
        var times = new HoldTimes();
        for (long nanos : new long[] {0, 900, 1_000, 4_095_999, 4_096_000, 3_600_000_000_000L, Long.MAX_VALUE}) {
            times.add(nanos);
        }

        assertThat(times.count()).isEqualTo(7);
        assertThat(times.within(Duration.ofNanos(1000))).isEqualTo(2);
        assertThat(times.within(Duration.ofNanos(4_096_000))).isEqualTo(4);
        assertThat(times.longest()).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
    }
}
