package org.buildengine.solver.op;

/** One operation, without its inputs. Implementations are records; equal encodings mean equal work. */
public sealed interface Op permits SourceOp, TreeOp, ExecOp, FileOp, MergeOp, DiffOp, BuildOp {
    /** Writes everything that distinguishes this operation, and nothing else. Inputs are encoded by their index. */
    void encode(KeyEncoder into);

    /** How many output trees it has; output 0 is the main one. */
    default int outputs() {
        return 1;
    }

    /** A short name for people, e.g. {@code exec npm ci}. Never part of a key. */
    String describe();
}
