package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Reason.Extent;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A step that works on other files than before names whose change they are, not who passed them on. */
class OriginsTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    private static FileChange file(String path, String before, String after) {
        return new FileChange(path, digest(before), digest(after));
    }

    private static String digest(String content) {
        return "sha256 " + Digest.of(content).hex().substring(0, 12);
    }

    private static Vertex over(Vertex base, Vertex data, String source, boolean writable, String... words) {
        var mount = new ExecMount.Tree("/in", 1, source, writable ? Optional.of(1) : Optional.empty());
        return new Vertex(
                ExecOps.of(List.of(words), List.of(), List.of(mount)), List.of(base.output(0), data.output(0)));
    }

    @Test
    void commandThatOnlyReadIsNotToldToHaveChangedWhatTheOneBeforeItDid() throws Exception {
        Vertex app = site.upload("app", "main.js", "same");
        site.build("one", command("cat g", command("read f", command("write 1", app))));
        Vertex write = command("write 2", app);
        Vertex cat = command("cat g", command("read f", write));
        site.build("two", cat);
        assertThat(site.reasons("two", cat))
                .containsExactly(new Reason.UpstreamChanged(
                        site.evidence("two", write).number(),
                        "exec write 2",
                        Extent.FILES,
                        List.of(file("/made by write", "write 1[PATH=/bin]", "write 2[PATH=/bin]")),
                        0));
    }

    @Test
    void filesOfTwoCommandsAreToldOfEach() throws Exception {
        Vertex app = site.upload("app", "main.js", "same");
        site.build("one", command("cat", command("second 1", command("first 1", app))));
        Vertex first = command("first 2", app);
        Vertex second = command("second 2", first);
        Vertex cat = command("cat", second);
        site.build("two", cat);
        assertThat(site.reasons("two", cat))
                .extracting(reason -> ((Reason.UpstreamChanged) reason).name())
                .containsExactly("exec first 2", "exec second 2");
    }

    @Test
    void fileThatWasUploadedIsAnInputHoweverManyCommandsPassItOn() throws Exception {
        site.build("one", command("cat", command("second", command("first", site.upload("app", "f", "1")))));
        Vertex cat = command("cat", command("second", command("first", site.upload("app", "f", "2"))));
        site.build("two", cat);
        assertThat(site.reasons("two", cat))
                .containsExactly(new Reason.InputChanged("upload app", Extent.FILES, List.of(file("/f", "1", "2")), 0));
    }

    @Test
    void mountThatACommandPassesOnIsAnInputAndWhatIsTheSameIsNotNamed() throws Exception {
        Vertex image = site.upload("image", "bin", "sh");
        Vertex[] last = new Vertex[2];
        for (int i = 0; i < 2; i++) {
            Vertex through = over(image, site.upload("data", "f", "" + i), "", true, "true");
            last[i] = new Vertex(
                    ExecOps.of(
                            List.of("echo", "x"), List.of(), List.of(new ExecMount.Tree("/in", 1, "", Optional.of(1)))),
                    List.of(through.output(0), through.output(1)));
            site.build("build " + i, last[i]);
        }
        assertThat(site.reasons("build 1", last[1]))
                .containsExactly(
                        new Reason.InputChanged("upload data", Extent.FILES, List.of(file("/in/f", "0", "1")), 0));
    }

    @Test
    void fileOutsideOfTheMountedDirectoryIsNotNamed() throws Exception {
        Vertex image = site.upload("image", "bin", "sh");
        site.build("one", over(image, site.upload("data", "d", "1", "o", "1"), "/d", false, "cat", "/in"));
        Vertex cat = over(image, site.upload("data", "d", "2", "o", "2"), "/d", false, "cat", "/in");
        site.build("two", cat);
        assertThat(site.reasons("two", cat))
                .containsExactly(
                        new Reason.InputChanged("upload data", Extent.FILES, List.of(file("/in", "1", "2")), 0));
    }

    @Test
    void manyFilesThatArePassedOnAreCounted() throws Exception {
        String[] before = new String[200];
        String[] after = new String[200];
        for (int i = 0; i < 100; i++) {
            before[2 * i] = after[2 * i] = "file " + i;
            before[2 * i + 1] = "old";
            after[2 * i + 1] = "new";
        }
        site.build("one", command("second", command("first", site.upload("app", before))));
        Vertex second = command("second", command("first", site.upload("app", after)));
        site.build("two", second);
        assertThat(site.reasons("two", second)).singleElement().satisfies(reason -> {
            var change = (Reason.InputChanged) reason;
            assertThat(change.input()).isEqualTo("upload app");
            assertThat(change.files()).hasSize(TreeComparison.MOST_NAMED);
            assertThat(change.more()).isEqualTo(100 - TreeComparison.MOST_NAMED);
        });
    }

    @Test
    void fileBeyondThoseThatWereFoundBelongsWhereTheyDo() {
        var upload = new Reason.InputChanged("upload", Extent.FILES, List.of(file("/a", "1", "2")), 5);
        var passed = new Reason.InputChanged("step 2", Extent.FILES, List.of(file("/b", "1", "2")), 1);
        var own = new Reason.UpstreamChanged(2, "step 2", Extent.UNKNOWN, List.of(), 0);
        assertThat(Origins.of(List.of(upload)).divide(passed, own))
                .containsExactly(new Reason.InputChanged("upload", Extent.FILES, passed.files(), 1));
    }
}
