package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is told of a step that builds a definition, and of the steps that the definition describes. */
class NestedStepsTest {
    private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Vertex make;

    @BeforeEach
    void define() throws IOException {
        make = command("make", site.upload("app", "main.js", "1"));
        site.definitions.put("make it", make.output(0));
    }

    private Vertex build(String path, String definition) throws IOException {
        return new BuildOp(path, 0)
                .over(site.upload("definitions", path, definition).output(0));
    }

    private List<String> steps(String build) throws IOException {
        HistoryReader reader = site.history.read();
        return reader.steps(reader.build(build)).stream()
                .map(step -> step.number() + " " + step.name() + " " + step.outcome())
                .toList();
    }

    @Test
    void nestedStepsAreToldAsTheOthers() throws Exception {
        Vertex build = build("definition", "make it");
        site.build("one", build);
        assertThat(steps("one"))
                .containsExactly(
                        "1 upload definitions SUCCEEDED",
                        "2 build definition SUCCEEDED",
                        "3 upload app SUCCEEDED",
                        "4 exec make SUCCEEDED");
        assertThat(site.reasons("one", make)).containsExactly(new Reason.NeverSeen());
    }

    @Test
    void definitionIsReadAgainAndItsStepsAreRemembered() throws Exception {
        Vertex build = build("definition", "make it");
        site.build("one", build);
        site.build("two", build);
        assertThat(site.reasons("two", build)).containsExactly(new Reason.Forbidden(Reason.Policy.FRESH));
        assertThat(site.evidence("two", build).policy()).contains(Reuse.FRESH);
        assertThat(site.evidence("two", make).decision())
                .isEqualTo(new Decision.Remembered(Lookup.RECIPE, "one", FIRST));
    }

    @Test
    void stepAfterABuildThatMadeTheSameIsRemembered() throws Exception {
        Vertex test = command("test", build("definition", "make it"));
        site.build("one", test);
        site.build("two", test);
        assertThat(site.evidence("two", test).decision())
                .isEqualTo(new Decision.Remembered(Lookup.PRODUCER, "one", FIRST));
    }

    @Test
    void definitionAtAnotherPlaceIsNamed() throws Exception {
        assertNamed(new BuildOp("old", 0), new BuildOp("new", 0), "definition", "old", "new");
    }

    @Test
    void otherDepthIsNamed() throws Exception {
        assertNamed(new BuildOp("old", 0), new BuildOp("old", 1), "nesting", "0", "1");
    }

    private void assertNamed(BuildOp before, BuildOp after, String setting, String was, String is) throws Exception {
        InputRef tree =
                site.upload("definitions", "old", "make it", "new", "make it").output(0);
        site.build("one", before.over(tree));
        site.build("two", after.over(tree));
        assertThat(site.reasons("two", after.over(tree)))
                .containsExactly(new Reason.OperationChanged(Field.Group.SETTING, setting, was, is));
    }

    @Test
    void failureOfANestedStepIsThatOfTheBuildToo() throws Exception {
        site.broken = true;
        Vertex build = build("definition", "make it");
        site.build("one", build);
        assertThat(site.evidence("one", make).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(site.evidence("one", build).outcome()).isEqualTo(Outcome.FAILED);
    }
}
