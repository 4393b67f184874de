package org.buildengine.server.core.host;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.NodeType;

/**
 * Writes a client's files into a layer. Everything becomes root's and loses its extended attributes: they mean something
 * on the client's machine only. Used by one thread.
 */
final class EntryWriter {
    private final LayerWriter writer;

    EntryWriter(LayerWriter writer) {
        this.writer = writer;
    }

    /** Writes a node that has no content of its own. */
    void write(String path, TreeEntry entry) throws IOException {
        switch (entry.type()) {
            case FILE -> throw new IllegalArgumentException(path + " is a file, which has content");
            case DIRECTORY -> writer.directory(path, attributes(entry));
            case SYMLINK -> writer.symlink(path, attributes(entry), entry.linkTarget());
            case FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE ->
                writer.special(
                        path, attributes(entry), type(entry), (int) entry.deviceMajor(), (int) entry.deviceMinor());
        }
    }

    /** Starts a file. */
    OutputStream file(String path, TreeEntry entry) throws IOException {
        return writer.file(path, attributes(entry), entry.size());
    }

    /** The type of node that an entry becomes. */
    static NodeType type(TreeEntry entry) {
        return switch (entry.type()) {
            case FILE -> NodeType.FILE;
            case DIRECTORY -> NodeType.DIRECTORY;
            case SYMLINK -> NodeType.SYMLINK;
            case FIFO -> NodeType.FIFO;
            case SOCKET -> NodeType.SOCKET;
            case CHARACTER_DEVICE -> NodeType.CHAR_DEVICE;
            case BLOCK_DEVICE -> NodeType.BLOCK_DEVICE;
        };
    }

    private static Attributes attributes(TreeEntry entry) {
        return new Attributes(entry.mode(), 0, 0, entry.mtimeNanos(), Map.of());
    }
}
