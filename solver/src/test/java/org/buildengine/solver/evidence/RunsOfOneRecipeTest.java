package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A step that runs again although it is remembered: what it left each time is told apart. */
class RunsOfOneRecipeTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Vertex app;

    @BeforeEach
    void upload() throws IOException {
        app = site.upload("app", "f", "1");
    }

    private BuildLog begin(String build) {
        return site.history.begin(build, () -> Cancellation.CLIENT_ENDED);
    }

    /** A request of a build; the number of what the step came to. */
    private long ask(BuildLog build, Vertex vertex) throws Exception {
        try (Job job = site.solver().open("request", JobScope.NONE, build)) {
            return job.demand(vertex).id();
        }
    }

    private Optional<String> maker(long result) throws IOException {
        return new StepTable(site.snapshotter.buildRows()).maker(result).map(Maker::build);
    }

    @Test
    void resultsOfRunsThatEndTogetherHaveEachItsMaker() throws Exception {
        Vertex fresh = command(Reuse.FRESH, "date", app);
        try (BuildLog one = begin("one");
                BuildLog two = begin("two")) {
            List<Long> results = List.of(ask(one, fresh), ask(two, fresh), ask(one, fresh));
            assertThat(results).doesNotHaveDuplicates();
            site.history.read();
            assertThat(maker(results.get(0))).contains("one");
            assertThat(maker(results.get(1))).contains("two");
            assertThat(maker(results.get(2))).contains("one");
        }
    }

    @Test
    void rememberedStepPrintsWhatTheRunPrintedThatMadeIt() throws Exception {
        Vertex usual = command("date", app);
        Vertex fresh = command(Reuse.FRESH, "date", app);
        try (BuildLog log = begin("one")) {
            long first = ask(log, fresh);
            site.build("two", usual);
            ask(log, fresh);
            site.build("three", usual);
            assertThat(site.snapshotter.results().find(KeyKind.RECIPE, usual.recipe()))
                    .hasValueSatisfying(latest -> assertThat(latest.id()).isNotEqualTo(first));
        }
        assertThat(site.output("one", usual)).contains("date\ndate\n");
        assertThat(site.output("two", usual)).contains("date\n");
        assertThat(site.output("three", usual)).contains("date\n");
        assertThat(site.result("two", usual)).isEmpty();
        assertThat(site.result("three", usual)).isPresent();
    }

    @Test
    void rememberedStepDoesNotPrintWhatARunPrintedThatFailedBefore() throws Exception {
        Vertex failing = command("npm fail", app);
        try (BuildLog log = begin("one")) {
            site.failing = "npm fail";
            assertThat(catchThrowable(() -> ask(log, failing))).isNotNull();
            site.failing = "";
            site.now = site.now.plusSeconds(60);
            ask(log, failing);
        }
        site.build("two", failing);
        assertThat(site.output("one", failing)).contains("npm fail\nnpm fail\n");
        assertThat(site.output("two", failing)).contains("npm fail\n");
    }
}
