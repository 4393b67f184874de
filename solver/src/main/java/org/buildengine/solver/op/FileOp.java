package org.buildengine.solver.op;

import java.util.List;

/**
 * Edits of input 0, applied in order; copies come from the other inputs. Paths are absolute within the tree. Output 0
 * is the edited tree.
 */
public record FileOp(List<FileAction> actions) implements Op {
    public FileOp {
        actions = List.copyOf(actions);
    }

    @Override
    public void encode(KeyEncoder into) {
        into.text("file").list(actions.size());
        actions.forEach(action -> action.encode(into));
    }

    @Override
    public String describe() {
        return actions.size() == 1 ? actions.getFirst().describe() : actions.size() + " file edits";
    }
}
