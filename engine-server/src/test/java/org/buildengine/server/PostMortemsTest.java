package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

/** What failed steps worked on is held, once, for a time. */
class PostMortemsTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final Set<Long> held = new ConcurrentSkipListSet<>();
    private final List<String> opened = new CopyOnWriteArrayList<>();

    private Owner owner(String name) {
        opened.add(name);
        var mine = new ConcurrentSkipListSet<Long>();
        return new Owner() {
            @Override
            public boolean hold(long result) {
                held.add(result);
                return mine.add(result);
            }

            @Override
            public void close() {
                held.removeAll(mine);
            }
        };
    }

    private static Vertex step(String name) {
        return Vertex.of(new SourceOp("test", name, Map.of()));
    }

    private static void begin(JobListener listener, Vertex step, long... inputs) {
        var results = Arrays.stream(inputs)
                .mapToObj(id -> new StoredResult(
                        id,
                        Digest.of("result " + id),
                        List.of(),
                        Map.of(),
                        Set.of(),
                        Instant.EPOCH,
                        Duration.ZERO,
                        new Origin(RecordType.REGULAR, "")))
                .toList();
        listener.missed(step, new Miss(results, Digest.of("key"), Optional.empty()));
    }

    private static void fail(JobListener listener, Vertex step) {
        listener.failed(
                step, new SolveException(SolveException.Kind.FAILED, step, "exit code 1", null), Duration.ofSeconds(1));
    }

    @Test
    void onlyWhatAFailedStepWorkedOnIsHeld() {
        try (var postMortems = new PostMortems(this::owner, LONG)) {
            JobListener listener = postMortems.listener();
            begin(listener, step("fails"), 1, 2);
            begin(listener, step("ends well"), 3);
            begin(listener, step("is cancelled"), 4);
            listener.finished(
                    step("ends well"), new Miss(List.of(), Digest.of("key"), Optional.empty()), 5, Duration.ZERO);
            listener.cancelled(step("is cancelled"), Duration.ZERO);
            fail(listener, step("fails"));
            fail(listener, step("ends well"));
            assertThat(held).containsExactly(1L, 2L);
            assertThat(opened).singleElement().asString().startsWith("post-mortem of ");
        }
        assertThat(held).isEmpty();
    }

    @Test
    void itIsLetGoAfterAWhile() {
        try (var postMortems = new PostMortems(this::owner, Duration.ofMillis(50))) {
            JobListener listener = postMortems.listener();
            begin(listener, step("fails"), 1);
            fail(listener, step("fails"));
            assertThat(opened).hasSize(1);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(held).isEmpty());
        }
    }

    @Test
    void theLatestFailureOfAStepAndAHundredStepsAreHeld() {
        try (var postMortems = new PostMortems(this::owner, LONG)) {
            JobListener listener = postMortems.listener();
            begin(listener, step("fails"), 1);
            fail(listener, step("fails"));
            begin(listener, step("fails"), 2);
            fail(listener, step("fails"));
            assertThat(held).containsExactly(2L);
            for (int i = 0; i < 150; i++) {
                begin(listener, step("fails " + i), 1000 + i);
                fail(listener, step("fails " + i));
            }
            assertThat(held).hasSize(100).contains(1149L).doesNotContain(2L, 1049L);
        }
    }

    @Test
    void failureAfterTheEndHoldsNothing() {
        var postMortems = new PostMortems(this::owner, LONG);
        JobListener listener = postMortems.listener();
        begin(listener, step("fails"), 1);
        postMortems.close();
        fail(listener, step("fails"));
        assertThat(held).isEmpty();
    }
}
