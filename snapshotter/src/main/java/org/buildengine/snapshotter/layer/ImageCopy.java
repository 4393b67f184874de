package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.FileScan;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerIndex;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * A layer that is kept as a directory, written once more as an image. What the nodes are comes from the index, the contents from
 * the files; their digests are compared, so that no image takes the place of a directory of which it does not have every byte.
 * Platform threads only.
 */
final class ImageCopy {
    private final LayerIndex index;
    private final DraftTree draft;
    private final NodeTable table;
    private final Descriptor top;
    private final LayerSink sink;
    private final FileScan scan;
    private final Pace pace;
    private final MessageDigest sha = Digest.sha256();

    /** Where the files with several names lie, by the inodes that they had. */
    private final Map<Long, LayerSink.Place> linked = new HashMap<>();

    private ImageCopy(LayerIndex index, Descriptor top, LayerSink sink, FileScan scan, Pace pace) throws IOException {
        this.index = index;
        this.draft = index.draft();
        this.table = draft.table();
        this.top = top;
        this.sink = sink;
        this.scan = scan;
        this.pace = pace;
    }

    /**
     * Writes image and index into {@code target}.
     *
     * @param files the tree of the layer
     * @throws java.io.InterruptedIOException if {@code pace} gave it up
     */
    static void write(LayerId id, LayerIndex index, Path files, Path target, Room room, Pace pace) throws IOException {
        LayerIndex copied;
        try (Descriptor top = Descriptor.directory(files.toString());
                var scan = new FileScan(pace::givenUp);
                var sink = new ImageSink(target, id, room)) {
            var copy = new ImageCopy(index, top, sink, scan, pace);
            copy.directory(LayerView.ROOT, "");
            WritePoint.CONVERSION_FILLED.reached();
            sink.finish(copy.draft);
            copied = LayerIndex.of(copy.draft);
        }
        WritePoint.CONVERSION_WRITTEN.reached();
        if (!copied.digest().equals(index.digest())) {
            throw new IOException("layer " + id + " would be another one as an image");
        }
        copied.save(target.resolve(LayerCatalog.INDEX), room);
        WritePoint.CONVERSION_INDEXED.reached();
    }

    private void directory(int node, String path) throws IOException {
        int[] children = index.children(node);
        try (Descriptor here = top.directoryBelow(path)) {
            for (int child : children) {
                if (table.isFile(child)) {
                    pace.next();
                    file(child, here, Names.join(path, table.name(child)));
                }
            }
        }
        for (int child : children) {
            if (table.isDirectory(child)) {
                directory(child, Names.join(path, table.name(child)));
            }
        }
    }

    private void file(int node, Descriptor directory, String path) throws IOException {
        boolean several = table.has(node, NodeTable.LINKED);
        LayerSink.Place place = several ? linked.get(table.inode(node)) : null;
        if (place == null) {
            place = copy(node, directory, path);
            if (several) {
                linked.put(table.inode(node), place);
            }
        }
        draft.content(node, table.digest(node).toBytes(), place.data(), place.tail(), place.inode());
    }

    private LayerSink.Place copy(int node, Descriptor directory, String path) throws IOException {
        try (LayerSink.SinkFile file = sink.file(table.attributes(node), table.size(node))) {
            scan.readContent(directory, table.name(node), table.size(node), (bytes, offset, length) -> {
                sha.update(bytes, offset, length);
                file.write(bytes, offset, length);
            });
            if (!Digest.finish(sha).equals(table.digest(node))) {
                throw new IOException(path + ": is not the file that was sealed");
            }
            return file.finish();
        }
    }
}
