package org.buildengine.server.core.host;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSink;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.NodeType;

/**
 * Writes a client's files into a layer. Everything becomes root's and loses its extended attributes: they mean something
 * on the client's machine only.
 */
final class LayerSink implements TreeSink {
    private final LayerWriter writer;

    LayerSink(LayerWriter writer) {
        this.writer = writer;
    }

    @Override
    public boolean accept(TreeEntry entry) throws IOException {
        if (entry.gitIgnored()) {
            return false;
        }
        if (entry.isHardLink()) {
            writer.hardlink(entry.path(), entry.hardLinkOf());
            return false;
        }
        switch (entry.type()) {
            case FILE -> {
                return true;
            }
            case DIRECTORY -> writer.directory(entry.path(), attributes(entry));
            case SYMLINK -> writer.symlink(entry.path(), attributes(entry), entry.linkTarget());
            case FIFO -> special(entry, NodeType.FIFO);
            case SOCKET -> special(entry, NodeType.SOCKET);
            case CHARACTER_DEVICE -> special(entry, NodeType.CHAR_DEVICE);
            case BLOCK_DEVICE -> special(entry, NodeType.BLOCK_DEVICE);
        }
        return false;
    }

    private void special(TreeEntry entry, NodeType type) throws IOException {
        writer.special(
                entry.path(), attributes(entry), type, (int) entry.deviceMajor(), (int) entry.deviceMinor());
    }

    @Override
    public OutputStream open(TreeEntry file) throws IOException {
        return writer.file(file.path(), attributes(file), file.size());
    }

    private static Attributes attributes(TreeEntry entry) {
        return new Attributes(entry.mode(), 0, 0, entry.mtimeNanos(), Map.of());
    }
}
