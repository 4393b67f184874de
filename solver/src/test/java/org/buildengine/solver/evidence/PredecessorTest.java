package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.StepTable.Tie;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which earlier step a step is compared with, where several have something in common with it. */
class PredecessorTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Vertex image;

    @BeforeEach
    void open() throws IOException {
        image = site.upload("image", "bin", "sh");
    }

    private Vertex shell(String script) {
        return new Vertex(
                ExecOps.of(List.of("sh", "-c", script), List.of("PATH=/bin"), List.of()), List.of(image.output(0)));
    }

    private static Reason script(String before, String after) {
        return new Reason.OperationChanged(Field.Group.ARGUMENT, "argument 2", before, after);
    }

    @Test
    void stepsOfTheFirstBuildAreNotComparedWithEachOther() throws Exception {
        Vertex[] versions = {shell("echo version 1"), shell("echo version 2"), shell("echo version 3")};
        site.build("matrix", versions);
        for (Vertex version : versions) {
            assertThat(site.reasons("matrix", version)).containsExactly(new Reason.NeverSeen());
        }
    }

    @Test
    void commandThatIsRepeatedInTheFirstBuildWasNeverSeen() throws Exception {
        Vertex once = command("npm ci", image);
        Vertex twice = command("npm ci", once);
        site.build("one", twice);
        assertThat(site.reasons("one", twice)).containsExactly(new Reason.NeverSeen());
    }

    @Test
    void stepOfTheBuildThatAnEarlierOneAskedForTooMayBeThePredecessor() throws Exception {
        site.build("one", shell("echo version 1"));
        Vertex more = shell("echo version 2");
        site.build("two", shell("echo version 1"), more);
        assertThat(site.reasons("two", more)).containsExactly(script("echo version 1", "echo version 2"));
    }

    @Test
    void stepThatIsStillAskedForIsNotThePredecessorOfOneWhosePlaceIsFree() throws Exception {
        site.build("one", shell("echo version 1 of all"), shell("echo version 2"));
        Vertex changed = shell("echo version 3 of all");
        site.build("two", shell("echo version 1 of all"), changed);
        assertThat(site.reasons("two", changed)).containsExactly(script("echo version 2", "echo version 3 of all"));
    }

    @Test
    void siblingThatWentOnUnchangedIsNotThePredecessorOfTheOneThatChanged() throws Exception {
        site.build("one", shell("lint() { echo 1; }; lint"), shell("sleep 1; npm test"));
        Vertex lint = shell("lint() { echo 2; }; lint");
        site.build("two", lint, shell("sleep 1; npm test"));
        assertThat(site.reasons("two", lint))
                .containsExactly(script("lint() { echo 1; }; lint", "lint() { echo 2; }; lint"));
    }

    @Test
    void stepsThatAreAllOthersTakeTheirPlacesInTheOrderOfTheEarlierBuild() throws Exception {
        site.build("one", shell("echo version 1"), shell("echo version 2"));
        Vertex[] versions = {shell("echo version 3"), shell("echo version 4"), shell("echo version 5")};
        site.build("two", versions);
        assertThat(site.reasons("two", versions[0])).containsExactly(script("echo version 1", "echo version 3"));
        assertThat(site.reasons("two", versions[1])).containsExactly(script("echo version 2", "echo version 4"));
        assertThat(site.reasons("two", versions[2])).containsExactly(new Reason.NeverSeen());
    }

    @Test
    void stepThatIsMoreLikeAnEarlierOneIsComparedWithItThoughAnotherWas() throws Exception {
        site.build("one", shell("make app --release 1"));
        Vertex like = shell("make app --debug 1 --verbose");
        Vertex liker = shell("make app --release 2");
        site.build("two", like, liker);
        assertThat(site.reasons("two", liker)).containsExactly(script("make app --release 1", "make app --release 2"));
    }

    @Test
    void chainsThatDifferInWhatTheyBeginWithAreComparedWithOneChainEach() throws Exception {
        site.build("one", command("npm test", shell("make app --release 1")));
        Vertex first = command("npm test", shell("make app --release 2"));
        Vertex second = command("npm test", shell("make app --release 3"));
        site.build("two", first, second);
        assertThat(site.reasons("two", first)).singleElement().isInstanceOf(Reason.UpstreamChanged.class);
        assertThat(site.reasons("two", second)).containsExactly(new Reason.NeverSeen());
    }

    private Vertex written(String content) throws IOException {
        return site.upload("package.json", "package.json", content);
    }

    private static List<String> contents(List<Reason> reasons) {
        FileChange file = ((Reason.InputChanged) reasons.getFirst()).files().getFirst();
        return List.of(file.before(), file.after());
    }

    private static List<String> digests(String... contents) {
        return Arrays.stream(contents)
                .map(content -> "sha256 " + Digest.of(content).hex().substring(0, 12))
                .toList();
    }

    @Test
    void treesOfOneNameAreEachComparedWithAnotherOneThatTheLastBuildHad() throws Exception {
        site.build("one", written("x"), written("y"));
        site.build("two", written("x"), written("y 2"));
        assertThat(contents(site.reasons("two", written("y 2")))).isEqualTo(digests("y", "y 2"));
        site.restart();
        site.build("three", written("x 3"), written("y 3"), written("z 3"));
        assertThat(contents(site.reasons("three", written("x 3")))).isEqualTo(digests("x", "x 3"));
        assertThat(contents(site.reasons("three", written("y 3")))).isEqualTo(digests("y 2", "y 3"));
    }

    @Test
    void treeOfANameOfWhichAllHavePlacesWasNeverSeen() throws Exception {
        site.build("one", written("x"));
        site.build("two", written("x 2"), written("y 2"));
        assertThat(contents(site.reasons("two", written("x 2")))).isEqualTo(digests("x", "x 2"));
        assertThat(site.reasons("two", written("y 2"))).containsExactly(new Reason.NeverSeen());
    }

    @Test
    void scriptThatChangedInTwoPlacesIsStillTheSameScript() throws Exception {
        site.build("one", shell("echo 1 > /f; echo 1 > /g"));
        Vertex changed = shell("echo 2 > /f; echo 2 > /g");
        site.build("two", changed);
        assertThat(site.reasons("two", changed))
                .containsExactly(script("echo 1 > /f; echo 1 > /g", "echo 2 > /f; echo 2 > /g"));
    }

    @Test
    void valuesThatAreNotShownAreNotAlikeForThat() throws Exception {
        site.build("one", deploy("one of many", "2"), deploy("one of more", "1"));
        Vertex changed = deploy("one of more", "2");
        site.build("two", changed);
        assertThat(site.reasons("two", changed))
                .containsExactly(
                        new Reason.OperationChanged(Field.Group.ARGUMENT, "argument 1", "one of many", "one of more"));
    }

    private Vertex deploy(String what, String secrets) {
        return new Vertex(
                ExecOps.of(
                        List.of("deploy", what),
                        List.of("KEY=" + secrets, "PASSWORD=" + secrets, "TOKEN=" + secrets),
                        List.of()),
                List.of(image.output(0)));
    }

    @Test
    void scriptOfAnotherProjectIsNotThePredecessor() throws Exception {
        site.build("app 1", shell("make app VERSION=1"));
        Vertex tool = shell("echo other tool");
        site.build("tool 1", tool);
        Vertex app = shell("make app VERSION=2");
        site.build("app 2", app);
        assertThat(site.reasons("tool 1", tool)).containsExactly(new Reason.NeverSeen());
        assertThat(site.reasons("app 2", app)).containsExactly(script("make app VERSION=1", "make app VERSION=2"));
        assertThat(((Decision.Ran) site.evidence("app 2", app).decision()).build())
                .isEqualTo("app 1");
    }

    @Test
    void storeThatKnewOnlyTheLatestStepOfEachTieIsReadOn() throws Exception {
        site.build("one", shell("echo version 1"), shell("echo version 2"));
        var cut = new ArrayList<Change>();
        site.snapshotter.buildRows().scan(Kind.LINEAGE, new byte[0], (key, value) -> {
            if (key[0] == Codes.of(Tie.INPUTS) || key[0] == Codes.of(Tie.OPERATION)) {
                cut.add(Change.put(Kind.LINEAGE, key, Arrays.copyOf(value, Digest.LENGTH)));
            }
        });
        site.snapshotter.buildRows().write(cut);
        site.restart();
        Vertex third = shell("echo version 3");
        site.build("two", third);
        assertThat(site.reasons("two", third)).containsExactly(script("echo version 2", "echo version 3"));
        assertThat(tied()).containsExactly(third, shell("echo version 2"));
    }

    @Test
    void onlyTheLatestStepsOfATieAreKept() throws Exception {
        var all = new ArrayList<Vertex>();
        for (int i = 0; i < StepTable.MOST_TIED + 4; i++) {
            all.add(shell("echo version " + i));
        }
        site.build("one", all.toArray(Vertex[]::new));
        site.build("two", shell("echo version 4"));
        assertThat(tied()).containsExactlyElementsOf(all.subList(4, all.size()).reversed());
    }

    @Test
    void stepThatIsForgottenLeavesTheOthersOfItsTie() throws Exception {
        site.reopen(4, Long.MAX_VALUE);
        image = site.upload("image", "bin", "sh");
        site.build("first", shell("echo version 1"), shell("echo version 2"));
        site.prune("asked for", shell("echo version 1"));
        image = site.upload("image", "bin", "sh");
        for (int i = 0; i < 6; i++) {
            site.build("later " + i, shell("echo version 2"));
        }
        assertThat(tied()).containsExactly(shell("echo version 2"));
    }

    /** The steps that are known to work on the image, the latest first. */
    private List<Vertex> tied() throws IOException {
        Digest key = StepTable.inputs("exec", List.of(image.recipe()));
        var known = new ArrayList<Vertex>();
        for (Digest recipe : new StepTable(site.snapshotter.buildRows()).tied(Tie.INPUTS, key)) {
            for (int i = 0; i < 2 * StepTable.MOST_TIED; i++) {
                if (shell("echo version " + i).recipe().equals(recipe)) {
                    known.add(shell("echo version " + i));
                }
            }
        }
        return known;
    }
}
