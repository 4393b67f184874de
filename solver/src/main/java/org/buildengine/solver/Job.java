package org.buildengine.solver;

import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.op.Vertex;

/** A scope of demand: one query, or one session. Safe for use by several threads, meant for virtual ones. */
public interface Job extends AutoCloseable {
    /**
     * The result of {@code vertex}: remembered, joined, or computed now. Blocks. Interrupting the calling thread gives
     * this demand up, and ends the work if nobody else demands it.
     *
     * @throws SolveException if the vertex, or one that it needs, failed or was cancelled
     */
    StoredResult demand(Vertex vertex) throws SolveException, InterruptedException;

    /** Gives up what is still demanded. Further demands are refused as cancelled. Closing twice does nothing. */
    @Override
    void close();
}
