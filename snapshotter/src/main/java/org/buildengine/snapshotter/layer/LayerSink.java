package org.buildengine.snapshotter.layer;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.NodeTable;

/** Takes the bytes of a layer in one of the forms. Files may be written by several threads at once. */
interface LayerSink extends Closeable {
    /** Starts a file; the caller writes exactly {@code size} bytes. */
    SinkFile file(Attributes attributes, long size) throws IOException;

    /** Takes over a file of a tree without its bytes, if this sink can. */
    default Optional<Place> borrow(Tree source, Node file) {
        return Optional.empty();
    }

    /** Opens a finished file of the unfinished layer. */
    InputStream open(NodeTable table, int node) throws IOException;

    /** Writes the tree around the files. No file is open any more. */
    void finish(DraftTree draft) throws IOException;

    /** A file on its way. */
    interface SinkFile extends Closeable {
        void write(byte[] bytes, int offset, int length) throws IOException;

        /** Ends the file; {@code draft} does not change meanwhile. */
        Place finish() throws IOException;

        /** Lets go of a file that will not be finished; nothing happens after {@link #finish}. */
        @Override
        void close() throws IOException;
    }

    /** Where a file lies: offsets into an image, and the number of its inode. */
    record Place(long data, long tail, long inode) {}
}
