package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CachePruningTest {
    private static Duration kept(Duration wanted) {
        return new CachePruning(List.of(), false, wanted, "", "", "", true).keepDuration();
    }

    @Test
    void aTimeOfThousandsOfYearsIsAsLongAsTheEngineCanBeTold() {
        assertThat(kept(Duration.ofDays(999_999_999)).toNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(kept(Duration.ofDays(2))).isEqualTo(Duration.ofDays(2));
    }
}
