package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class StepRecordTest {
    private static final Vertex STEP = EvidenceSite.command("make");
    private static final StepRecord CANCELLED = StepRecord.of(STEP, "one", Instant.ofEpochSecond(5))
            .unfinished(Outcome.CANCELLED, Optional.of(Cancellation.CLIENT_LEFT), "one", Instant.ofEpochSecond(6));

    @Test
    void causeIsKeptOfAStepThatWasCancelled() throws Exception {
        assertThat(StepRecord.decode(STEP.recipe(), CANCELLED.encode())).isEqualTo(CANCELLED);
    }

    @Test
    void rowOfAnOlderEngineHasNoCause() throws Exception {
        byte[] row = CANCELLED.encode();
        row[0] = 1;
        StepRecord read = StepRecord.decode(STEP.recipe(), Arrays.copyOf(row, row.length - 1));
        assertThat(read.outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(read.cause()).isEmpty();
    }

    @Test
    void rowOfANewerEngineIsRefused() {
        assertThatThrownBy(() -> StepRecord.decode(STEP.recipe(), new byte[] {4}))
                .isInstanceOf(IOException.class)
                .hasMessage("what is known of a step has version 4");
    }
}
