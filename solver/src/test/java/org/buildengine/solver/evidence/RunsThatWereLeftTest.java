package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is kept of a run that the build left that it ran for. */
class RunsThatWereLeftTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    private final Vertex make = command("make");
    private final Miss run = new Miss(List.of(), Digest.of("key"), Optional.empty());

    private BuildLog begin(String build, Cancellation whyEnded) {
        return site.history.begin(build, () -> whyEnded);
    }

    private void assertLeft(String build, Cancellation cause, String successor) throws IOException {
        Evidence step = site.evidence(build, make);
        assertThat(step.outcome()).isEqualTo(Outcome.LEFT);
        assertThat(step.cause()).contains(cause);
        assertThat(step.successor()).isEqualTo(successor);
    }

    @Test
    void runWasNotCancelledIfWhoWaitsForItIsHeardLater() throws Exception {
        try (BuildLog two = begin("two", Cancellation.UNKNOWN)) {
            try (BuildLog one = begin("one", Cancellation.CLIENT_LEFT)) {
                one.missed(make, run);
                one.left(make, Duration.ZERO);
                assertThat(site.evidence("one", make).outcome()).isEqualTo(Outcome.CANCELLED);
            }
            two.missed(make, run);
            assertLeft("one", Cancellation.CLIENT_LEFT, "two");
            two.finished(make, run, 7, Duration.ZERO);
        }
        site.restart();
        assertLeft("one", Cancellation.CLIENT_LEFT, "two");
    }

    @Test
    void resultIsOfTheBuildThatTheRunWentOnFor() throws Exception {
        Vertex fetch = EvidenceSite.fetched("here");
        site.build("before", fetch);
        long result = site.snapshotter
                .results()
                .find(KeyKind.RECIPE, fetch.recipe())
                .orElseThrow()
                .id();
        try (BuildLog two = begin("two", Cancellation.UNKNOWN)) {
            try (BuildLog one = begin("one", Cancellation.CLIENT_LEFT)) {
                one.missed(fetch, run);
                two.missed(fetch, run);
                one.left(fetch, Duration.ZERO);
            }
            two.finished(fetch, run, result, Duration.ZERO);
        }
        site.build("three", fetch);
        assertThat(site.evidence("three", fetch).decision())
                .isInstanceOfSatisfying(
                        Decision.Remembered.class,
                        hit -> assertThat(hit.build()).isEqualTo("two"));
    }

    @Test
    void runThatIsLeftAgainGoesOnForTheThird() throws Exception {
        try (BuildLog one = begin("one", Cancellation.CLIENT_LEFT);
                BuildLog two = begin("two", Cancellation.CLIENT_ENDED);
                BuildLog three = begin("three", Cancellation.UNKNOWN)) {
            for (BuildLog each : List.of(one, two, three)) {
                each.missed(make, run);
            }
            one.left(make, Duration.ZERO);
            two.left(make, Duration.ZERO);
            assertLeft("one", Cancellation.CLIENT_LEFT, "two");
            assertLeft("two", Cancellation.CLIENT_ENDED, "three");
            three.failed(make, new SolveException(SolveException.Kind.FAILED, make, "it failed", null), Duration.ZERO);
        }
        site.build("four", make);
        assertThat(site.reasons("four", make))
                .containsExactly(new Reason.Unfinished(Outcome.FAILED, "three", Optional.empty()));
    }

    @Test
    void runThatNobodyWaitsForInTheEndWasCancelledForTheLast() throws Exception {
        try (BuildLog one = begin("one", Cancellation.CLIENT_LEFT);
                BuildLog two = begin("two", Cancellation.CLIENT_ENDED)) {
            one.missed(make, run);
            two.missed(make, run);
            one.left(make, Duration.ZERO);
            two.left(make, Duration.ZERO);
        }
        assertLeft("one", Cancellation.CLIENT_LEFT, "two");
        site.build("three", make);
        assertThat(site.reasons("three", make))
                .containsExactly(
                        new Reason.Unfinished(Outcome.CANCELLED, "two", Optional.of(Cancellation.CLIENT_ENDED)));
    }

    @Test
    void runThatIsLeftWhenTheEngineIsStoppedWasCancelled() throws Exception {
        try (BuildLog one = begin("one", Cancellation.ENGINE_STOPPED);
                BuildLog two = begin("two", Cancellation.ENGINE_STOPPED)) {
            one.missed(make, run);
            two.missed(make, run);
            one.left(make, Duration.ZERO);
            two.left(make, Duration.ZERO);
        }
        assertThat(site.evidence("one", make).outcome()).isEqualTo(Outcome.CANCELLED);
    }

    @Test
    void anotherRunOfTheStepDoesNotGoOnWithIt() throws Exception {
        try (BuildLog one = begin("one", Cancellation.CLIENT_LEFT);
                BuildLog two = begin("two", Cancellation.UNKNOWN)) {
            one.missed(make, run);
            two.missed(make, new Miss(List.of(), Digest.of("key"), Optional.empty()));
            one.left(make, Duration.ZERO);
            assertThat(site.evidence("one", make).outcome()).isEqualTo(Outcome.CANCELLED);
        }
    }
}
