package org.buildengine.server.file;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.TreeException.Code;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileAction.Copy.Kind;

/** Copies from another tree into the one that is edited. Used by one thread. */
final class TreeCopy {
    private final TreeEditor editor;
    private final TreeEdits edits;
    private final Tree from;

    TreeCopy(TreeEditor editor, TreeEdits edits, Tree from) {
        this.editor = editor;
        this.edits = edits;
        this.from = from;
    }

    void copy(FileAction.Copy action) throws IOException {
        Node source = source(from, action);
        Optional<Owner> owner = edits.owner(action.owner());
        if (source.isDirectory()) {
            copyDirectory(action, source, owner);
        } else {
            copyFile(action, source, owner);
        }
    }

    /**
     * The node that {@code action} copies.
     *
     * @throws IOException if there is none, or it is not what the action needs
     */
    static Node source(Tree tree, FileAction.Copy action) throws IOException {
        Node source = tree.resolve(action.source(), true)
                .orElseThrow(() -> new TreeException(Code.NOT_FOUND, action.source()));
        if (action.kind() == Kind.DIRECTORY && !source.isDirectory()) {
            throw new IOException("path " + action.source() + " is a file, not a directory");
        }
        if (action.kind() == Kind.FILE && source.isDirectory()) {
            throw new IOException("path " + action.source() + " is a directory, not a file");
        }
        return source;
    }

    private void copyFile(FileAction.Copy action, Node source, Optional<Owner> owner) throws IOException {
        String destination = action.destination();
        boolean inside = destination.endsWith("/") || edits.isDirectory(destination);
        if (inside) {
            String name = action.source().substring(action.source().lastIndexOf('/') + 1);
            destination = (destination.endsWith("/") ? destination : destination + "/") + name;
        }
        edits.clearParents(destination);
        if (edits.isDirectory(destination)) {
            throw new TreeException(Code.IS_A_DIRECTORY, destination);
        }
        editor.copy(from, source.path(), destination, options(action, owner, PathFilter.ALL));
    }

    private void copyDirectory(FileAction.Copy action, Node source, Optional<Owner> owner) throws IOException {
        String destination = action.destination();
        PathFilter filter = CopySelection.of(action, from, source.path());
        edits.clearParents(destination);
        if (!edits.isDirectory(destination)) {
            edits.removeWhatIsInTheWay(destination);
            editor.makeDirectory(destination, attributes(action, source, owner));
        }
        editor.copy(from, source.path(), destination, options(action, owner, filter));
    }

    private static Attributes attributes(FileAction.Copy action, Node source, Optional<Owner> owner) {
        Attributes attributes = source.attributes();
        if (owner.isPresent()) {
            attributes = attributes.withOwner(owner.get().uid(), owner.get().gid());
        }
        return attributes.withMode(action.mode().orElse(attributes.mode()));
    }

    private static TreeEditor.CopyOptions options(FileAction.Copy action, Optional<Owner> owner, PathFilter filter) {
        return new TreeEditor.CopyOptions(
                filter,
                owner.map(o -> OptionalInt.of(o.uid())).orElse(OptionalInt.empty()),
                owner.map(o -> OptionalInt.of(o.gid())).orElse(OptionalInt.empty()),
                action.mode());
    }
}
