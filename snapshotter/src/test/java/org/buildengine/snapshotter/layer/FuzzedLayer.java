package org.buildengine.snapshotter.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.archive.ArchiveLimits;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerIndex;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.NodeTable;

/** A layer that is written in memory only, for fuzz tests: its real draft, behind checks of every path and amount. */
final class FuzzedLayer implements LayerWriter {
    private final ArchiveLimits limits;
    private final DraftLayer layer = new DraftLayer(new Nowhere(), new Bytes(), Room.NONE, (_, _) -> {});
    private long content;

    FuzzedLayer(ArchiveLimits limits) {
        this.limits = limits;
    }

    DraftTree draft() {
        return layer.draft();
    }

    private static String inside(String path) {
        assertThat(path).as("a path").doesNotStartWith("/").doesNotContain("\0");
        assertThat(path.split("/", -1)).as(path).doesNotContain("..");
        return path;
    }

    @Override
    public void directory(String path, Attributes attributes) throws IOException {
        layer.directory(inside(path), attributes);
    }

    @Override
    public OutputStream file(String path, Attributes attributes, long size) throws IOException {
        return layer.file(inside(path), attributes, size);
    }

    @Override
    public void copy(String path, Attributes attributes, Tree source, Node file) {
        throw new AssertionError(path + ": archives have nothing to copy from");
    }

    @Override
    public void symlink(String path, Attributes attributes, String target) throws IOException {
        layer.symlink(inside(path), attributes, target);
    }

    @Override
    public void hardlink(String path, String existing) throws IOException {
        layer.hardlink(inside(path), inside(existing));
    }

    @Override
    public void special(String path, Attributes attributes, NodeType type, int major, int minor) throws IOException {
        layer.special(inside(path), attributes, type, major, minor);
    }

    @Override
    public void whiteout(String path) throws IOException {
        layer.whiteout(inside(path));
    }

    @Override
    public void opaque(String path) throws IOException {
        layer.opaque(inside(path));
    }

    @Override
    public SealedLayer seal() throws IOException {
        DraftTree draft = draft();
        assertThat(draft.table().count()).as("nodes").isLessThanOrEqualTo((int) limits.bytes());
        check(draft, LayerView.ROOT);
        return new SealedLayer(new LayerId("fuzzed"), LayerIndex.of(draft).digest(), draft.isPristine());
    }

    private static void check(DraftTree draft, int directory) {
        for (int child : draft.children(directory)) {
            assertThat(draft.table().name(child)).isNotIn("", ".", "..").doesNotContain("/", "\0");
            if (draft.table().isDirectory(child)) {
                check(draft, child);
            }
        }
    }

    @Override
    public void close() throws IOException {
        layer.close();
    }

    /** Counts the bytes of files. */
    private final class Bytes implements LayerSink {
        @Override
        public SinkFile file(Attributes attributes, long size) {
            return new SinkFile() {
                private long written;

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    written += length;
                    content += length;
                    assertThat(written).as("bytes of a file").isLessThanOrEqualTo(size);
                    assertThat(content).as("bytes of all files").isLessThanOrEqualTo(limits.bytes());
                }

                @Override
                public Place finish() {
                    assertThat(written).as("bytes of a file").isEqualTo(size);
                    return new Place(0, 0, 0);
                }

                @Override
                public void close() {
                    // It holds nothing.
                }
            };
        }

        @Override
        public InputStream open(NodeTable table, int node) {
            throw new AssertionError("nothing is read back");
        }

        @Override
        public void finish(DraftTree draft) {
            throw new AssertionError("sealed above");
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }

    /** The layer is never published. */
    private static final class Nowhere implements LayerStaging.Staged {
        @Override
        public LayerId id() {
            throw new AssertionError("no name is needed");
        }

        @Override
        public Path directory() {
            throw new AssertionError("no directory is needed");
        }

        @Override
        public LayerId publish() {
            throw new AssertionError("sealed above");
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }
}
