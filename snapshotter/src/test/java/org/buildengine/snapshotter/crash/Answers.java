package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;

/** What {@link DyingWriter} said it had published. */
final class Answers {
    private Answers() {}

    /** Checks that a result that it printed is found under its keys, complete. */
    static void check(DiskSnapshotter snapshotter, String line, String when) throws IOException {
        String name = line.split(" ", 2)[1];
        StoredResult result = snapshotter
                .results()
                .find(KeyKind.RECIPE, Digest.of(DyingWriter.KEPT + name))
                .orElseThrow(() -> new AssertionError("lost " + line + " after " + when));
        assertThat(snapshotter.results().find(KeyKind.CONTENT, Digest.of("c" + name)))
                .as(when)
                .contains(result);
        checkContent(snapshotter, result, line, when);
    }

    /** Checks that a result has what was published under this line. */
    static void checkContent(DiskSnapshotter snapshotter, StoredResult result, String line, String when)
            throws IOException {
        String name = line.split(" ", 2)[1];
        assertThat(result.id()).as(when).isEqualTo(Long.parseLong(line.split(" ", 2)[0]));
        Snapshot output = result.outputs().getFirst();
        Tree tree = snapshotter.tree(output);
        try (var file = tree.open(tree.find("file").orElseThrow())) {
            assertThat(new String(file.readAllBytes(), US_ASCII)).as(when).isEqualTo(name);
        }
        assertThat(tree.list("d")).as(when).isEmpty();
        tree.walk("", PathFilter.ALL, node -> content(tree, node, line + " after " + when));
        for (Digest blob : result.blobs()) {
            try (var in = snapshotter.blobs().open(blob, 0)) {
                assertThat(in.readAllBytes()).as(when).isEqualTo((DyingWriter.KEPT + name).getBytes(US_ASCII));
            }
        }
    }

    /** Checks that the newest of the results is found by the key that all of them had, or one that is newer still. */
    static void checkLatest(DiskSnapshotter snapshotter, String line, String when) {
        StoredResult latest = snapshotter
                .results()
                .find(KeyKind.RECIPE, Digest.of(DyingWriter.LATEST))
                .orElseThrow(() -> new AssertionError("lost the key that led to " + line + " after " + when));
        assertThat(latest.id()).as(when).isGreaterThanOrEqualTo(Long.parseLong(line.split(" ", 2)[0]));
    }

    private static void content(Tree tree, Node node, String when) throws IOException {
        if (node.type() == NodeType.FILE) {
            try (var in = tree.open(node)) {
                assertThat(Digest.of(in.readAllBytes()))
                        .as(node.path() + " of " + when)
                        .isEqualTo(node.content().orElseThrow());
            }
        }
    }
}
