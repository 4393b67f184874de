package org.buildengine.server.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.server.core.FileEdits;
import org.buildengine.server.core.MemoryTrees;
import org.buildengine.server.core.PlainJob;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileAction.ChangeOwner;
import org.buildengine.solver.op.FileAction.Copy;
import org.buildengine.solver.op.FileAction.MakeDirectory;
import org.buildengine.solver.op.FileAction.Remove;
import org.buildengine.solver.op.FileAction.Replace;
import org.buildengine.solver.op.FileAction.SetTimestamps;
import org.buildengine.solver.op.FileAction.Symlink;
import org.buildengine.solver.op.FileAction.WriteFile;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class FileOpRunnerTest {
    private final MemoryTrees trees = new MemoryTrees();
    private final PlainJob job = new PlainJob(trees);

    private static WriteFile write(String path, String content) {
        return new WriteFile(path, content, 0644, Optional.empty());
    }

    private static Vertex edits(FileAction... actions) {
        return Vertex.of(new FileOp(List.of(actions)), FileEdits.EMPTY);
    }

    private Tree made(Vertex vertex) throws SolveException {
        return trees.tree(job.demand(vertex).outputs().getFirst());
    }

    private static Attributes attributes(Tree tree, String path) {
        return tree.find(path).map(Node::attributes).orElseThrow();
    }

    private static String content(Tree tree, String path) throws Exception {
        return new String(tree.open(tree.find(path).orElseThrow()).readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void namesOfOwnersAreThoseOfTheTreeAndTheGroupHasTheNumberOfTheUser() throws Exception {
        Tree tree = made(edits(
                write("/etc/passwd", "root:x:0:0:::\nnobody:x:65534:1:::\n"),
                write("/etc/group", "staff:x:50:\n"),
                new WriteFile("/a", "", 0600, Optional.of("nobody")),
                new WriteFile("/b", "", 0600, Optional.of("nobody:staff")),
                new WriteFile("/c", "", 0600, Optional.of("12:13"))));

        assertThat(attributes(tree, "a").uid()).isEqualTo(65534);
        assertThat(attributes(tree, "a").gid()).isEqualTo(65534);
        assertThat(attributes(tree, "b").gid()).isEqualTo(50);
        assertThat(attributes(tree, "c"))
                .extracting(Attributes::uid, Attributes::gid)
                .containsExactly(12, 13);
    }

    @Test
    void aFileIsNotReplacedByTheDirectoryThatANewNodeNeeds() {
        WriteFile file = write("/f", "kept");
        for (FileAction below : List.of(
                write("/f/g/h", ""),
                new Symlink("x", "/f/g"),
                new MakeDirectory("/f/g", 0755, Optional.empty()),
                new MakeDirectory("/f", 0755, Optional.empty()))) {
            assertThatThrownBy(() -> made(edits(file, below))).hasMessageContaining("/f: not a directory");
        }
    }

    @Test
    void anUnknownOwnerIsNamed() {
        assertThatThrownBy(() -> made(edits(new WriteFile("/a", "", 0600, Optional.of("ghost")))))
                .hasMessageContaining("find uid: \"ghost\"");
        assertThatThrownBy(() -> made(edits(new WriteFile("/a", "", 0600, Optional.of("99999999999")))))
                .hasMessageContaining("find uid");
    }

    @Test
    void danglingLinksMakeWayForDirectories() throws Exception {
        Tree tree = made(edits(new Symlink("nowhere", "/l"), new MakeDirectory("/l/d", 0700, Optional.empty())));

        assertThat(attributes(tree, "l").mode()).isEqualTo(0700);
        assertThat(attributes(tree, "l/d").mode()).isEqualTo(0700);
    }

    @Test
    void linksOnTheWayStayInsideTheTree() throws Exception {
        Tree tree = made(edits(
                new MakeDirectory("/real", 0755, Optional.empty()),
                new Symlink("/../../real", "/link"),
                write("/link/f", "x")));

        assertThat(content(tree, "real/f")).isEqualTo("x");
    }

    @Test
    void ownersAndTimesChangeBelowToo() throws Exception {
        Tree tree = made(
                edits(write("/d/e/f", "x"), write("/g", "x"), new ChangeOwner("/d", "7"), new SetTimestamps("/d", 5)));

        assertThat(attributes(tree, "d/e/f"))
                .isEqualTo(attributes(tree, "d/e/f").withOwner(7, 7).withMtime(5_000_000_000L));
        assertThat(attributes(tree, "g").uid()).isZero();
    }

    @Test
    void removalTakesLinksNotWhatTheyPointTo() throws Exception {
        Tree tree = made(edits(
                write("/d/f", "x"),
                write("/d/g", "x"),
                new Symlink("d", "/l"),
                new Remove("/l"),
                new Remove("/*/[g-h]")));

        assertThat(tree.find("l")).isEmpty();
        assertThat(tree.find("d/f")).isPresent();
        assertThat(tree.find("d/g")).isEmpty();
    }

    @Test
    void theKindOfWhatIsCopiedIsChecked() {
        Vertex source = edits(write("/f", "x"));
        Copy directory = new Copy(
                1, "/f", "/t", List.of(), List.of(), false, Optional.empty(), OptionalInt.empty(), Copy.Kind.DIRECTORY);
        Copy missing = new Copy(
                1, "/gone", "/t", List.of(), List.of(), false, Optional.empty(), OptionalInt.empty(), Copy.Kind.FILE);

        assertThatThrownBy(() -> made(Vertex.of(new FileOp(List.of(directory)), FileEdits.EMPTY, source.output(0))))
                .hasMessage("path /f is a file, not a directory");
        assertThatThrownBy(() -> made(Vertex.of(new FileOp(List.of(missing)), FileEdits.EMPTY, source.output(0))))
                .hasMessage("/gone: no such file or directory");
    }

    @Test
    void replacementIsLiteralAndRefusesToGuess() throws Exception {
        Vertex text = edits(write("/f", "a.b\na.b"), new Replace("/f", ".", "$1", true, 0));
        assertThat(content(made(text), "f")).isEqualTo("a$1b\na$1b");

        assertThatThrownBy(() -> made(edits(write("/f", "a\na"), new Replace("/f", "a", "b", false, 0))))
                .hasMessage("search string found multiple times: line 1 (0-1), line 2 (0-1)");
        assertThatThrownBy(() -> made(edits(write("/f", "a"), new Replace("/f", "z", "b", false, 0))))
                .hasMessage("search string not found");
    }

    @Test
    void whatIsRequiredHasToBeThere() throws Exception {
        var directory = new MakeDirectory("/d", 0755, Optional.empty());
        var link = new Symlink("gone", "/link");

        made(edits(directory, new FileAction.Require("/d", true), link, new FileAction.Require("/link", false)));

        assertThatThrownBy(() -> made(edits(directory, new FileAction.Require("/d/f", false))))
                .hasMessageContaining("/d/f: no such file or directory");
        assertThatThrownBy(() -> made(edits(link, new FileAction.Require("/link", true))))
                .hasMessageContaining("/link: no such file or directory");
        assertThatThrownBy(() -> made(edits(write("/f", ""), new FileAction.Require("/f", true))))
                .hasMessageContaining("/f: not a directory");
    }

    @Test
    void aCopyThatTakesEitherPutsFilesDownAndMergesDirectories() throws Exception {
        Vertex source = edits(write("/d/f", "file"));
        var file = new Copy(
                1, "/d/f", "/e", List.of(), List.of(), false, Optional.empty(), OptionalInt.empty(), Copy.Kind.ANY);
        var directory = new Copy(
                1, "/d", "/e", List.of(), List.of(), false, Optional.empty(), OptionalInt.empty(), Copy.Kind.ANY);

        assertThat(content(made(Vertex.of(new FileOp(List.of(file)), FileEdits.EMPTY, source.output(0))), "e"))
                .isEqualTo("file");
        assertThat(content(made(Vertex.of(new FileOp(List.of(directory)), FileEdits.EMPTY, source.output(0))), "e/f"))
                .isEqualTo("file");
    }
}
