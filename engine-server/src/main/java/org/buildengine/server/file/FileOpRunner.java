package org.buildengine.server.file;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileAction.Copy.Kind;
import org.buildengine.solver.op.FileOp;

/** Runs edits of trees: all actions of one operation become one layer. Safe for use by several threads. */
public final class FileOpRunner implements OpRunner<FileOp> {
    private final Snapshotter snapshotter;

    public FileOpRunner(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    @Override
    public Output run(FileOp op, List<Snapshot> inputs, Run run) throws IOException {
        Optional<Snapshot> narrowed = narrowed(op, inputs);
        if (narrowed.isPresent()) {
            return Output.of(narrowed.get());
        }
        try (TreeEditor editor = snapshotter.edit(inputs.getFirst())) {
            var edits = new TreeEdits(editor, nanos(run.started()));
            for (FileAction action : op.actions()) {
                if (run.cancelled()) {
                    throw new CancellationException("nobody needs the edited files any more");
                }
                apply(action, editor, edits, inputs);
            }
            return Output.of(editor.commit());
        }
    }

    private static long nanos(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
    }

    private void apply(FileAction action, TreeEditor editor, TreeEdits edits, List<Snapshot> inputs)
            throws IOException {
        switch (action) {
            case FileAction.MakeDirectory make -> edits.makeDirectory(make);
            case FileAction.WriteFile write -> edits.writeFile(write);
            case FileAction.Symlink link -> edits.symlink(link);
            case FileAction.Remove remove -> edits.remove(remove);
            case FileAction.Require require -> edits.require(require);
            case FileAction.ChangeOwner change -> edits.changeOwner(change);
            case FileAction.SetTimestamps set -> edits.setTimestamps(set);
            case FileAction.Replace replace -> edits.replace(replace);
            case FileAction.Copy copy ->
                new TreeCopy(editor, edits, snapshotter.tree(inputs.get(copy.input()))).copy(copy);
        }
    }

    /** The output of an operation that only makes a directory the root of a tree of its own, which needs no copy. */
    private Optional<Snapshot> narrowed(FileOp op, List<Snapshot> inputs) throws IOException {
        boolean whole = op.actions().size() == 1
                && inputs.getFirst().equals(Snapshot.EMPTY)
                && op.actions().getFirst() instanceof FileAction.Copy copy
                && copy.kind() == Kind.DIRECTORY
                && copy.destination().equals("/")
                && copy.include().isEmpty()
                && copy.exclude().isEmpty()
                && !copy.gitignore()
                && copy.owner().isEmpty()
                && copy.mode().isEmpty();
        if (!whole) {
            return Optional.empty();
        }
        FileAction.Copy copy = (FileAction.Copy) op.actions().getFirst();
        Tree source = snapshotter.tree(inputs.get(copy.input()));
        Node directory = TreeCopy.source(source, copy);
        return Optional.of(snapshotter.subtree(source, directory.path()));
    }
}
