package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Reason.Extent;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A file that changed is told under the path at which the command has it, so that files of several mounts can be told apart. */
class MountedFilesTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Vertex image;

    @BeforeEach
    void open() throws IOException {
        image = site.upload("image", "bin", "sh");
    }

    /** Trees of one name, each of which has one file of one name. */
    private Vertex written(String content) throws IOException {
        return site.upload("package.json", "package.json", content);
    }

    private static Reason changed(String name, FileChange... files) {
        return new Reason.InputChanged("upload " + name, Extent.FILES, List.of(files), 0);
    }

    private static FileChange file(String path, String before, String after) {
        return new FileChange(path, digest(before), digest(after));
    }

    private static String digest(String content) {
        return content.isEmpty() ? "" : "sha256 " + Digest.of(content).hex().substring(0, 12);
    }

    private static ExecMount mount(String target, int input, String source) {
        return new ExecMount.Tree(target, input, source, Optional.empty());
    }

    private Vertex command(List<ExecMount> mounts, Vertex... trees) {
        var inputs = new ArrayList<InputRef>(List.of(image.output(0)));
        List.of(trees).forEach(tree -> inputs.add(tree.output(0)));
        return new Vertex(ExecOps.of(List.of("npm", "ci"), List.of(), mounts), inputs);
    }

    private Vertex two(String one, String two) throws IOException {
        return command(List.of(mount("/one", 1, ""), mount("/two", 2, "")), written(one), written(two));
    }

    /** The reasons, which have to be the same after a restart. */
    private List<Reason> reasons(String build, Vertex vertex) throws IOException {
        List<Reason> reasons = site.reasons(build, vertex);
        site.restart();
        assertThat(site.reasons(build, vertex)).isEqualTo(reasons);
        return reasons;
    }

    /** What tells two builds apart that have the same uploads, and of which each command has another one. */
    private List<Reason> differences(Vertex before, Vertex after, Vertex... uploads) throws Exception {
        Vertex[] all = Arrays.copyOf(uploads, uploads.length + 1);
        all[uploads.length] = before;
        site.build("before", all);
        all[uploads.length] = after;
        site.build("after", all);
        HistoryReader reader = site.history.read();
        return reader.diff(reader.build("before"), reader.build("after"))
                .orElseThrow()
                .reasons();
    }

    @Test
    void buildsDifferInTheFilesThatTheCommandSeesWhereItSeesThem() throws Exception {
        List<ExecMount> mounts = List.of(mount("/src", 1, "web"));
        Vertex after = command(mounts, app("2"));
        assertThat(differences(command(mounts, app("1")), after, app("1"), app("2")))
                .containsExactly(changed("app", file("/src/package.json", "1", "2"), file("/src/src/a", "1", "2")))
                .isEqualTo(reasons("after", after));
    }

    @Test
    void changedOneOfTwoMountsIsTold() throws Exception {
        site.build("one", two("x", "y"));
        Vertex second = two("x", "y 2");
        site.build("two", second);
        assertThat(reasons("two", second))
                .containsExactly(changed("package.json", file("/two/package.json", "y", "y 2")));
        Vertex first = two("x 2", "y 2");
        site.build("three", first);
        assertThat(reasons("three", first))
                .containsExactly(changed("package.json", file("/one/package.json", "x", "x 2")));
    }

    @Test
    void twoMountsThatChangedAreToldApart() throws Exception {
        site.build("one", two("x", "y"));
        Vertex both = two("x 2", "y 2");
        site.build("two", both);
        assertThat(reasons("two", both))
                .containsExactly(
                        changed("package.json", file("/one/package.json", "x", "x 2")),
                        changed("package.json", file("/two/package.json", "y", "y 2")));
    }

    @Test
    void sameChangeOfTwoMountsIsToldOfBoth() throws Exception {
        site.build("one", two("x", "x"));
        Vertex both = two("x 2", "x 2");
        site.build("two", both);
        assertThat(reasons("two", both))
                .containsExactly(
                        changed("package.json", file("/one/package.json", "x", "x 2")),
                        changed("package.json", file("/two/package.json", "x", "x 2")));
    }

    private Vertex app(String json) throws IOException {
        return site.upload("app", "web/package.json", json, "web/src/a", json, "readme", json);
    }

    @Test
    void fileOfAMountedSubdirectoryIsToldBelowItsTarget() throws Exception {
        for (String source : List.of("web", "/web/")) {
            site.build("before " + source, command(List.of(mount("/src", 1, source)), app("1")));
            Vertex after = command(List.of(mount("/src", 1, source)), app("2"));
            site.build("after " + source, after);
            assertThat(reasons("after " + source, after))
                    .containsExactly(changed("app", file("/src/package.json", "1", "2"), file("/src/src/a", "1", "2")));
        }
    }

    @Test
    void mountedFileIsToldAsItsTarget() throws Exception {
        List<ExecMount> mounts = List.of(mount("/etc/package.json", 1, "web/package.json"));
        site.build("one", command(mounts, app("1")));
        Vertex after = command(mounts, app("2"));
        site.build("two", after);
        assertThat(reasons("two", after)).containsExactly(changed("app", file("/etc/package.json", "1", "2")));
    }

    @Test
    void fileOfOneInputIsToldOfTheFirstMountThatHasIt() throws Exception {
        List<ExecMount> mounts = List.of(mount("/sources", 1, "web/src"), mount("/web", 1, "web"));
        site.build("one", command(mounts, app("1")));
        Vertex after = command(mounts, app("2"));
        site.build("two", after);
        assertThat(reasons("two", after))
                .containsExactly(changed("app", file("/web/package.json", "1", "2"), file("/sources/a", "1", "2")));
    }

    @Test
    void fileOfAWritableMountIsToldBelowItsTargetWhereverTheCommandAfterItHasIt() throws Exception {
        Vertex[] last = new Vertex[2];
        for (int i = 0; i < 2; i++) {
            var writable = new ExecMount.Tree("/in", 1, "", Optional.of(1));
            Vertex first = command(List.of(writable), written("" + i));
            last[i] = new Vertex(
                    ExecOps.of(List.of("make"), List.of(), List.of(mount("/out", 1, ""))),
                    List.of(first.output(0), first.output(1)));
            site.build("build " + i, last[i]);
            if (i == 1) {
                assertThat(reasons("build 1", first))
                        .containsExactly(changed("package.json", file("/in/package.json", "0", "1")));
            }
        }
        assertThat(reasons("build 1", last[1]))
                .containsExactly(changed("package.json", file("/out/package.json", "0", "1")));
    }

    @Test
    void whatACommandBeforeChangedIsToldWhereTheMountIs() throws Exception {
        Vertex install = EvidenceSite.command("install 1", image);
        site.build("one", command(List.of(mount("/deps", 1, "")), install));
        Vertex changed = EvidenceSite.command("install 2", image);
        Vertex after = command(List.of(mount("/deps", 1, "")), changed);
        site.build("two", after);
        assertThat(reasons("two", after))
                .containsExactly(new Reason.UpstreamChanged(
                        site.evidence("two", changed).number(),
                        "exec install 2",
                        Extent.FILES,
                        List.of(file("/deps/made by install", "install 1[PATH=/bin]", "install 2[PATH=/bin]")),
                        0));
    }

    @Test
    void fileOfAMountThatIsNotInTheCacheAnyMoreIsToldBelowItsTarget() throws Exception {
        Vertex before = command(List.of(mount("/src", 1, "web")), app("1"));
        site.build("one", before);
        site.prune("asked for", before);
        image = site.upload("image", "bin", "sh");
        Vertex after = command(List.of(mount("/src", 1, "web")), app("2"));
        site.build("two", after);
        assertThat(reasons("two", after).getFirst())
                .isEqualTo(changed("app", file("/src/package.json", "1", "2"), file("/src/src/a", "1", "2")));
    }

    @Test
    void fileOfTheRootFileSystemIsToldAsItIs() throws Exception {
        site.build("one", command(List.of(mount("/src", 1, "")), app("1")));
        image = site.upload("image", "bin", "sh 2");
        Vertex after = command(List.of(mount("/src", 1, "")), app("1"));
        site.build("two", after);
        assertThat(reasons("two", after)).containsExactly(changed("image", file("/bin", "sh", "sh 2")));
    }
}
