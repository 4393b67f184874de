package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.DecisionRow.Ended;
import org.buildengine.solver.op.Reuse;
import org.junit.jupiter.api.Test;

class DecisionRowTest {
    private static final Duration TOOK = Duration.ofNanos(5);

    @Test
    void causesAreKeptOfStepsThatWereCancelled() throws Exception {
        List<Ended> ended = Arrays.stream(Cancellation.values())
                .map(cause -> new Ended(7, Outcome.CANCELLED, TOOK, Optional.of(cause)))
                .toList();
        assertThat(DecisionRow.decode(new DecisionRow(List.of(), ended).encode())
                        .ended())
                .isEqualTo(ended);
    }

    @Test
    void stepThatWasLeftKeepsCauseAndSuccessor() throws Exception {
        var left = new Ended(7, Outcome.LEFT, TOOK, Optional.of(Cancellation.CLIENT_LEFT), "two");
        assertThat(DecisionRow.decode(new DecisionRow(List.of(), List.of(left, left)).encode())
                        .ended())
                .containsExactly(left, left);
    }

    @Test
    void rowOfAnOlderEngineHasNoCauses() throws Exception {
        byte[] row = ByteBuffer.allocate(64)
                .put((byte) 1)
                .putInt(0)
                .putInt(2)
                .putInt(7)
                .put((byte) 3)
                .putLong(5)
                .putInt(8)
                .put((byte) 2)
                .putLong(5)
                .array();
        assertThat(DecisionRow.decode(row).ended())
                .containsExactly(
                        new Ended(7, Outcome.CANCELLED, TOOK, Optional.of(Cancellation.UNKNOWN)),
                        new Ended(8, Outcome.FAILED, TOOK, Optional.empty()));
    }

    private static DecisionRow.Decided ranAgain(Optional<Cancellation> cause) {
        var reason = new Reason.Unfinished(Outcome.CANCELLED, "one", cause);
        return new DecisionRow.Decided(
                1,
                Digest.of("step"),
                new Decision.Ran(List.of(reason), "one", Instant.ofEpochSecond(5)),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void policiesAreKept() throws Exception {
        List<DecisionRow.Decided> decided = Stream.of(
                        Reuse.ANY,
                        Reuse.FRESH,
                        Reuse.PER_SESSION,
                        Reuse.within(Duration.ofMillis(5)),
                        new Reuse(Reuse.Reach.SESSION, Optional.of(Duration.ofHours(5))))
                .map(Optional::of)
                .map(policy -> new DecisionRow.Decided(
                        7, Digest.of("step"), new Decision.Joined("one"), policy, Optional.empty()))
                .toList();
        var row = new DecisionRow(decided, List.of());
        assertThat(DecisionRow.decode(row.encode())).isEqualTo(row);
    }

    @Test
    void runsAreKept() throws Exception {
        List<DecisionRow.Decided> decided = Stream.of(
                        new Decision.Ran(List.of(new Reason.Lost()), "one", Instant.EPOCH),
                        new Decision.Joined("one"),
                        new Decision.Remembered(Lookup.RECIPE, "one", Instant.EPOCH))
                .map(decision -> new DecisionRow.Decided(
                        7,
                        Digest.of("step"),
                        decision,
                        Optional.of(Reuse.within(Duration.ofMillis(5))),
                        Optional.of(new RunNumber(1L << 40, 70_000))))
                .toList();
        var row = new DecisionRow(decided, List.of());
        assertThat(DecisionRow.decode(row.encode())).isEqualTo(row);
    }

    @Test
    void rowOfAnOlderEngineHasNoPolicies() throws Exception {
        var decided = new DecisionRow.Decided(
                7, Digest.of("step"), new Decision.Joined("one"), Optional.of(Reuse.ANY), Optional.empty());
        byte[] older = new DecisionRow(List.of(decided), List.of()).encode();
        older[0] = 3;
        assertThat(DecisionRow.decode(older).decided()).singleElement().satisfies(step -> {
            assertThat(step.decision()).isEqualTo(new Decision.Joined("one"));
            assertThat(step.policy()).isEmpty();
        });
    }

    @Test
    void causesAreKeptOfStepsThatRunAgain() throws Exception {
        var row = new DecisionRow(
                List.of(ranAgain(Optional.of(Cancellation.ENGINE_DIED)), ranAgain(Optional.empty())), List.of());
        assertThat(DecisionRow.decode(row.encode())).isEqualTo(row);
    }

    @Test
    void rowOfAnOlderEngineHasNoCausesOfStepsThatRunAgain() throws Exception {
        byte[] row = new DecisionRow(List.of(ranAgain(Optional.of(Cancellation.ENGINE_DIED))), List.of()).encode();
        row[0] = 2;
        row[1 + 2 * Integer.BYTES + Digest.LENGTH] = 2;
        int cause = row.length - Integer.BYTES - 1;
        byte[] older = ByteBuffer.allocate(row.length - 1)
                .put(row, 0, cause)
                .put(row, cause + 1, Integer.BYTES)
                .array();
        assertThat(DecisionRow.decode(older).decided()).containsExactly(ranAgain(Optional.empty()));
    }

    @Test
    void rowHoldsAnyNumberOfReasons() throws Exception {
        for (int many : List.of(65_534, 65_535, 70_000)) {
            List<Reason> reasons = Collections.nCopies(many, new Reason.Lost());
            var decided = new DecisionRow.Decided(
                    1,
                    Digest.of("step"),
                    new Decision.Ran(reasons, "one", Instant.EPOCH),
                    Optional.of(Reuse.ANY),
                    Optional.empty());
            var row = new DecisionRow(List.of(decided), List.of());
            assertThat(DecisionRow.decode(row.encode())).isEqualTo(row);
            byte[] older = row.encode();
            older[0] = 3;
            if (many < 65_535) {
                assertThat(((Decision.Ran) DecisionRow.decode(older)
                                        .decided()
                                        .getFirst()
                                        .decision())
                                .reasons())
                        .hasSize(many);
            }
        }
    }

    @Test
    void rowOfANewerEngineIsRefused() {
        assertThatThrownBy(() -> DecisionRow.decode(new byte[] {6, 0, 0, 0, 0, 0, 0, 0, 0}))
                .isInstanceOf(IOException.class)
                .hasMessage("what was decided about a step has version 6");
    }
}
