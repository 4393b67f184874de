package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.NodeTable;

/** Takes files of one tree without their bytes, for a layer that is only looked at. For use by one thread. */
final class BorrowingSink implements LayerSink {
    private final Tree lender;
    private final List<String> paths = new ArrayList<>();

    /** Takes files of no other tree than {@code lender}. */
    BorrowingSink(Tree lender) {
        this.lender = lender;
    }

    @Override
    public Optional<Place> borrow(Tree source, Node file) {
        paths.add(file.path());
        return Optional.of(new Place(paths.size() - 1L, 0, 0));
    }

    @Override
    public InputStream open(NodeTable table, int node) throws IOException {
        String path = paths.get((int) table.data(node));
        return lender.open(lender.find(path).orElseThrow());
    }

    @Override
    public SinkFile file(Attributes attributes, long size) {
        throw new UnsupportedOperationException("files of this layer have no bytes of their own");
    }

    @Override
    public void finish(DraftTree draft) {
        throw new UnsupportedOperationException("this layer is never sealed");
    }

    @Override
    public void close() {
        // there is nothing but memory
    }
}
