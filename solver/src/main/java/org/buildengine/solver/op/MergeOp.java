package org.buildengine.solver.op;

/** All inputs stacked, the first lowest. */
public record MergeOp() implements Op {
    @Override
    public void encode(KeyEncoder into) {
        into.text("merge");
    }

    @Override
    public String describe() {
        return "merge";
    }
}
