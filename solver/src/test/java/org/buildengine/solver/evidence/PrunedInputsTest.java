package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;
import static org.buildengine.solver.evidence.EvidenceSite.merge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Inputs that changed after the results of the earlier build were removed: the removal is named, and the files nevertheless. */
class PrunedInputsTest {
    private static final String POLICY = "asked for by a client";

    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    private static String digest(String content) {
        return "sha256 " + Digest.of(content).hex().substring(0, 12);
    }

    private static void assertEvicted(Reason reason) {
        assertThat(reason)
                .isInstanceOfSatisfying(
                        Reason.Evicted.class,
                        evicted -> assertThat(evicted.policy()).isEqualTo(POLICY));
    }

    private static Reason changed(String input, FileChange... files) {
        return new Reason.InputChanged(input, Reason.Extent.FILES, List.of(files), 0);
    }

    private void assertBoth(List<Reason> reasons, Reason... changes) {
        assertThat(reasons.subList(0, reasons.size() - 1)).containsExactly(changes);
        assertEvicted(reasons.getLast());
    }

    @Test
    void filesAndRemovalAreNamedOfTheUploadAndOfWhatWorksOnIt() throws Exception {
        Vertex install = command("npm ci", site.upload("app", "package.json", "1", "src/main.js", "same", "old", "x"));
        site.build("one", install);
        site.prune(POLICY, install);
        site.restart();
        Vertex app = site.upload("app", "package.json", "2", "src/main.js", "same", "src/new", "y");
        install = command("npm ci", app);
        site.build("two", install);
        site.restart();
        Reason change = changed(
                "upload app",
                new FileChange("/old", digest("x"), ""),
                new FileChange("/package.json", digest("1"), digest("2")),
                new FileChange("/src/new", "", digest("y")));
        assertBoth(site.reasons("two", app), change);
        assertBoth(site.reasons("two", install), change);
    }

    @Test
    void filesOfTwoUploadsAreNamedBehindAStepThatPassesThemOn() throws Exception {
        Vertex test = command("npm test", merge(site.upload("app", "f", "1"), site.upload("lib", "g", "1")));
        site.build("one", test);
        site.prune(POLICY, test);
        test = command("npm test", merge(site.upload("app", "f", "2"), site.upload("lib", "g", "2")));
        site.build("two", test);
        assertBoth(
                site.reasons("two", test),
                changed("upload app", new FileChange("/f", digest("1"), digest("2"))),
                changed("upload lib", new FileChange("/g", digest("1"), digest("2"))));
    }

    @Test
    void commandWhoseCommandBeforeRanAnewNamesThatOneAndTheRemoval() throws Exception {
        Vertex test = command("npm test", command("npm ci", site.upload("app", "f", "1")));
        site.build("one", test);
        site.prune(POLICY, test);
        Vertex install = command("npm ci", site.upload("app", "f", "2"));
        test = command("npm test", install);
        site.build("two", test);
        assertBoth(
                site.reasons("two", test),
                new Reason.UpstreamChanged(
                        site.evidence("two", install).number(), "exec npm ci", Reason.Extent.UNKNOWN, List.of(), 0));
    }

    @Test
    void removalIsNamedBesideFilesThatAreStillThere() throws Exception {
        Vertex app = site.upload("app", "f", "1");
        Vertex install = command("npm ci", app);
        site.build("one", install);
        try (BuildLog log = site.history.begin("holder", () -> Cancellation.CLIENT_ENDED);
                var job = site.solver().open("holder", org.buildengine.solver.JobScope.NONE, log)) {
            job.demand(app);
            site.prune(POLICY, install);
        }
        install = command("npm ci", site.upload("app", "f", "2"));
        site.build("two", install);
        assertBoth(site.reasons("two", install), changed("upload app", new FileChange("/f", digest("1"), digest("2"))));
    }

    @Test
    void largeDirectoryIsNamedAsOne() throws Exception {
        Vertex before = large("1");
        site.build("one", before);
        site.prune(POLICY, before);
        Vertex after = large("2");
        site.build("two", after);
        assertThat(site.reasons("two", after)).first().satisfies(reason -> {
            FileChange change = ((Reason.InputChanged) reason).files().getFirst();
            assertThat(((Reason.InputChanged) reason).files()).hasSize(1);
            assertThat(change.path()).isEqualTo("/node_modules");
            assertThat(change.before()).startsWith("directory, sha256 ").isNotEqualTo(change.after());
            assertThat(change.after()).startsWith("directory, sha256 ");
        });
    }

    private Vertex large(String last) throws IOException {
        var files = new java.util.ArrayList<String>(List.of("main.js", "same"));
        for (int i = 0; i < 200; i++) {
            files.addAll(List.of("node_modules/package " + i + "/index.js", i == 199 ? last : "same"));
        }
        return site.upload("app", files.toArray(String[]::new));
    }

    @Test
    void treeWithTooManyFilesAtItsRootIsOnlySaidToHaveChanged() throws Exception {
        Vertex before = wide("1");
        site.build("one", before);
        site.prune(POLICY, before);
        Vertex after = wide("2");
        site.build("two", after);
        assertBoth(
                site.reasons("two", after), new Reason.InputChanged("upload app", Reason.Extent.UNKNOWN, List.of(), 0));
    }

    private Vertex wide(String last) throws IOException {
        var files = new java.util.ArrayList<String>();
        for (int i = 0; i < 100; i++) {
            files.addAll(List.of("file " + i, i == 99 ? last : "same"));
        }
        return site.upload("app", files.toArray(String[]::new));
    }

    @Test
    void filesInWhichTwoBuildsDifferAreNamedWhenTheFilesOfBothAreGone() throws Exception {
        Vertex one = command("npm ci", site.upload("app", "a", "1", "b/c", "x", "d", "same"));
        site.build("one", one);
        Vertex two = command("npm ci", site.upload("app", "a", "2", "b/e", "y", "d", "same"));
        site.build("two", two);
        site.prune(POLICY, one);
        site.prune(POLICY, two);
        site.restart();
        HistoryReader reader = site.history.read();
        assertThat(reader.diff(reader.build("one"), reader.build("two")).map(Divergence::reasons))
                .contains(List.of(changed(
                        "upload app",
                        new FileChange("/a", digest("1"), digest("2")),
                        new FileChange("/b/c", digest("x"), ""),
                        new FileChange("/b/e", "", digest("y")))));
    }

    @Test
    void sketchesOfModesLinksAndKindsAreCompared() throws Exception {
        TreeSketch before =
                TreeSketch.of(site.snapshotter.tree(tree(0644, "here", false))).orElseThrow();
        TreeSketch after =
                TreeSketch.of(site.snapshotter.tree(tree(0755, "there", true))).orElseThrow();
        assertThat(before.compare(after, _ -> true).files())
                .containsExactly(
                        new FileChange("/kind", digest("x"), "directory"),
                        new FileChange("/link", "link or special file", "link or special file"),
                        new FileChange("/run", "another mode or owner", "this mode and owner"));
        assertThat(before.compare(before, _ -> true).files()).isEmpty();
    }

    @Test
    void filesOfAnUploadAreNamedWhereTheyWereCopiedTo() {
        var upload = new Reason.InputChanged(
                "upload app", Reason.Extent.FILES, List.of(new FileChange("/lib/a.txt", "1", "2")), 0);
        var differences = new Differences(List.of(), Map.of(1, List.of(upload)));
        assertThat(List.of("", "/lib", "/lib/a.txt", "/other").stream()
                        .map(source ->
                                differences
                                        .origins(copying(source))
                                        .getOrDefault(0, Origins.NONE)
                                        .all()
                                        .orElse(List.of())
                                        .stream()
                                        .map(reason -> ((Reason.InputChanged) reason)
                                                .files()
                                                .getFirst()
                                                .path())
                                        .toList()))
                .containsExactly(List.of("/src/lib/a.txt"), List.of("/src/a.txt"), List.of("/src/a.txt"), List.of());
    }

    private static FileOp copying(String source) {
        return new FileOp(List.of(new FileAction.Copy(
                1,
                source,
                "/src/",
                List.of(),
                List.of(),
                false,
                Optional.empty(),
                OptionalInt.empty(),
                FileAction.Copy.Kind.FILE)));
    }

    @Test
    void modesLinksAndKindsAreCompared() throws Exception {
        Snapshot before = tree(0644, "here", false);
        TreeSketch sketch = TreeSketch.of(site.snapshotter.tree(before)).orElseThrow();
        Snapshot after = tree(0755, "there", true);
        assertThat(sketch.compare(site.snapshotter.tree(after), _ -> true).files())
                .containsExactly(
                        new FileChange("/kind", digest("x"), "directory"),
                        new FileChange("/link", "link or special file", "link to there"),
                        new FileChange("/run", "another mode or owner", "mode 755, owner 0:0"));
        assertThat(sketch.compare(site.snapshotter.tree(before), _ -> true).files())
                .isEmpty();
        assertThat(sketch.compare(site.snapshotter.tree(after), "/run"::equals).files())
                .hasSize(1);
    }

    private Snapshot tree(int mode, String target, boolean directory) throws IOException {
        try (TreeEditor editor = site.snapshotter.edit(Snapshot.EMPTY)) {
            byte[] bytes = "x".getBytes(StandardCharsets.UTF_8);
            editor.writeFile("run", Attributes.ofMode(mode), bytes);
            editor.writeFile(directory ? "kind/file" : "kind", Attributes.ofMode(0644), bytes);
            editor.writeSymlink("link", Attributes.ofMode(0777), target);
            return editor.commit();
        }
    }

    @Test
    void sketchOfALargeTreeTakesNoMoreThanItsBound() throws Exception {
        Vertex large = large("1");
        site.build("one", large);
        byte[] row = site.snapshotter
                .buildRows()
                .get(
                        org.buildengine.snapshotter.BuildRows.Kind.STEP,
                        large.recipe().toBytes())
                .orElseThrow();
        assertThat(row.length).isLessThan(800);
        StepRecord step = StepRecord.decode(large.recipe(), row);
        assertThat(step.files()).map(TreeSketch::entries).map(List::size).isEqualTo(Optional.of(2));
        assertThat(StepRecord.decode(large.recipe(), step.encode())).isEqualTo(step);
    }
}
