package org.buildengine.server.core.host;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSink;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.NodeType;

/**
 * Writes a client's files into a layer. Everything becomes root's and loses its extended attributes: they mean something
 * on the client's machine only. What an ignore file excludes does not get here. Used by one thread.
 */
final class LayerSink implements TreeSink {
    private final LayerWriter writer;
    private final TreePart part;

    /** Writes what lies in {@code part} of the tree that comes. */
    LayerSink(LayerWriter writer, TreePart part) {
        this.writer = writer;
        this.part = part;
    }

    @Override
    public boolean accept(TreeEntry entry) throws IOException {
        Optional<String> inside = part.inside(entry.path());
        if (inside.isEmpty()) {
            return false;
        }
        String path = inside.get();
        if (entry.isHardLink()) {
            writer.hardlink(
                    path,
                    part.inside(entry.hardLinkOf())
                            .orElseThrow(() -> new IOException("the client sent " + entry.path() + " as a link to "
                                    + entry.hardLinkOf() + ", which was not asked for")));
            return false;
        }
        switch (entry.type()) {
            case FILE -> {
                return true;
            }
            case DIRECTORY -> writer.directory(path, attributes(entry));
            case SYMLINK -> writer.symlink(path, attributes(entry), entry.linkTarget());
            case FIFO -> special(path, entry, NodeType.FIFO);
            case SOCKET -> special(path, entry, NodeType.SOCKET);
            case CHARACTER_DEVICE -> special(path, entry, NodeType.CHAR_DEVICE);
            case BLOCK_DEVICE -> special(path, entry, NodeType.BLOCK_DEVICE);
        }
        return false;
    }

    private void special(String path, TreeEntry entry, NodeType type) throws IOException {
        writer.special(path, attributes(entry), type, (int) entry.deviceMajor(), (int) entry.deviceMinor());
    }

    @Override
    public OutputStream open(TreeEntry file) throws IOException {
        return writer.file(part.inside(file.path()).orElseThrow(), attributes(file), file.size());
    }

    private static Attributes attributes(TreeEntry entry) {
        return new Attributes(entry.mode(), 0, 0, entry.mtimeNanos(), Map.of());
    }
}
