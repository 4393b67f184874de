package org.buildengine.server.core.host;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.buildengine.server.core.ScopedTree;
import org.buildengine.server.core.TreePaths;
import org.buildengine.session.tree.EntryType;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSource;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.TreeException;

/** Gives a tree to a client. Owners stay behind: what is written belongs to whoever writes it. */
final class ScopedTreeSource implements TreeSource {
    private final ScopedTree tree;

    ScopedTreeSource(ScopedTree tree) {
        this.tree = tree;
    }

    @Override
    public void walk(Visitor visitor) throws IOException, InterruptedException {
        try {
            tree.tree().walk(tree.root(), PathFilter.ALL, node -> {
                try {
                    visitor.visit(entry(node));
                } catch (InterruptedException e) {
                    throw new Interrupted(e);
                }
            });
        } catch (Interrupted e) {
            throw e.cause;
        }
    }

    @Override
    public Contents contents() {
        return this::open;
    }

    private InputStream open(TreeEntry file) throws IOException {
        Node node = tree.tree()
                .find(TreePaths.below(tree.root(), file.path()))
                .orElseThrow(() -> new TreeException(TreeException.Code.NOT_FOUND, file.path()));
        return tree.open(node);
    }

    private TreeEntry entry(Node node) {
        return new TreeEntry(
                tree.relative(node),
                type(node),
                node.attributes().mode(),
                0,
                0,
                node.size(),
                node.attributes().mtimeNanos(),
                node.linkTarget().orElse(""),
                "",
                node.deviceMajor(),
                node.deviceMinor(),
                Map.of(),
                false);
    }

    private static EntryType type(Node node) {
        return switch (node.type()) {
            case FILE -> EntryType.FILE;
            case DIRECTORY -> EntryType.DIRECTORY;
            case SYMLINK -> EntryType.SYMLINK;
            case CHAR_DEVICE -> EntryType.CHARACTER_DEVICE;
            case BLOCK_DEVICE -> EntryType.BLOCK_DEVICE;
            case FIFO -> EntryType.FIFO;
            case SOCKET -> EntryType.SOCKET;
        };
    }

    /** Carries an interruption through a walk that knows only failures of input and output. */
    private static final class Interrupted extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient InterruptedException cause;

        private Interrupted(InterruptedException cause) {
            super(cause);
            this.cause = cause;
        }
    }
}
