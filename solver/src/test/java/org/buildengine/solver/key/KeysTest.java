package org.buildengine.solver.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class KeysTest {
    private static final Vertex ROOT = Vertex.of(new SourceOp("image", "root", Map.of()));
    private static final Vertex CONTEXT = Vertex.of(new SourceOp("local", "context", Map.of()));

    private static StoredResult result(String identity) {
        return new StoredResult(
                1,
                Digest.of(identity),
                List.of(Snapshot.EMPTY),
                Map.of(),
                Set.of(),
                Instant.EPOCH,
                Duration.ZERO,
                Origin.UNKNOWN);
    }

    private static Optional<Digest> content(Vertex vertex, String contextIdentity, Map<String, String> contextFiles)
            throws Exception {
        return Keys.content(
                vertex,
                List.of(result("root"), result(contextIdentity)),
                (of, input, result) -> new FixedTree(contextFiles));
    }

    private static Vertex copy(String source) {
        var action = new FileAction.Copy(
                1,
                source,
                "/app",
                List.of(),
                List.of(),
                false,
                Optional.empty(),
                OptionalInt.empty(),
                FileAction.Copy.Kind.DIRECTORY);
        return Vertex.of(new FileOp(List.of(action)), ROOT.output(0), CONTEXT.output(0));
    }

    private static Vertex mount(String source, Optional<Integer> writable) {
        var exec = ExecOps.of(List.of("make"), List.of(), List.of(new ExecMount.Tree("/src", 1, source, writable)));
        return Vertex.of(exec, ROOT.output(0), CONTEXT.output(0));
    }

    @Test
    void copyIsKeyedByWhatItReads() throws Exception {
        var before = content(copy("src"), "context 1", Map.of("src", "a", "docs", "b"));
        var docsChanged = content(copy("src"), "context 2", Map.of("src", "a", "docs", "c"));
        var srcChanged = content(copy("src"), "context 3", Map.of("src", "x", "docs", "b"));
        assertThat(before).isPresent();
        assertThat(docsChanged).isEqualTo(before);
        assertThat(srcChanged).isPresent().isNotEqualTo(before);
    }

    @Test
    void readOnlyMountIsKeyedByWhatItShows() throws Exception {
        var before = content(mount("src", Optional.empty()), "context 1", Map.of("src", "a", "docs", "b"));
        var docsChanged = content(mount("src", Optional.empty()), "context 2", Map.of("src", "a", "docs", "c"));
        assertThat(before).isPresent().isEqualTo(docsChanged);
    }

    @Test
    void writableMountOfAPartIsNotNarrowedSinceTheRestReachesItsOutput() throws Exception {
        assertThat(content(mount("src", Optional.of(1)), "context 1", Map.of("src", "a")))
                .isEmpty();
    }

    @Test
    void rootFileSystemCountsByIdentity() throws Exception {
        var exec = Vertex.of(ExecOps.of(List.of("make"), List.of(), List.of()), ROOT.output(0));
        assertThat(Keys.content(exec, List.of(result("root")), (of, input, result) -> new FixedTree(Map.of())))
                .isEmpty();
    }

    @Test
    void missingSourceIsNotNarrowedSoThatTheRunnerCanSayWhatIsMissing() throws Exception {
        assertThat(content(copy("gone"), "context 1", Map.of("src", "a"))).isEmpty();
    }

    @Test
    void producerKeyFollowsIdentitiesAndOutputs() {
        Vertex vertex = copy("src");
        var one = Keys.producer(vertex, List.of(Digest.of("a"), Digest.of("b")));
        assertThat(Keys.producer(vertex, List.of(Digest.of("a"), Digest.of("b"))))
                .isEqualTo(one);
        assertThat(Keys.producer(vertex, List.of(Digest.of("b"), Digest.of("a"))))
                .isNotEqualTo(one);
        assertThat(Keys.producer(copy("other"), List.of(Digest.of("a"), Digest.of("b"))))
                .isNotEqualTo(one);
    }

    /** Top-level entries with a text each. */
    private record FixedTree(Map<String, String> entries) implements Tree {
        @Override
        public Snapshot snapshot() {
            return Snapshot.EMPTY;
        }

        @Override
        public Optional<Node> find(String path) {
            return entries.containsKey(path)
                    ? Optional.of(new Node(
                            path, NodeType.FILE, Attributes.ofMode(0644), 0, Optional.empty(), Optional.empty(), 0, 0))
                    : Optional.empty();
        }

        @Override
        public Optional<Node> resolve(String path, boolean followLast) {
            return find(path);
        }

        @Override
        public List<Node> list(String path) {
            throw new UnsupportedOperationException("keys list nothing");
        }

        @Override
        public void walk(String path, PathFilter filter, Visitor visitor) {
            throw new UnsupportedOperationException("keys walk nothing");
        }

        @Override
        public Digest digest(String path, PathFilter filter) {
            return Digest.of(path + "=" + entries.get(path));
        }

        @Override
        public InputStream open(Node file) {
            throw new UnsupportedOperationException("keys read nothing");
        }
    }
}
