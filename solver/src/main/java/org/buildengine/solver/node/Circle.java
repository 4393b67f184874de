package org.buildengine.solver.node;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Vertex;

/**
 * Those among whom a node is shared, if its vertex may not use everybody's results; a job without a session is its own. Safe for
 * use by several threads.
 */
record Circle(OwnRuns session, OwnRuns job) {
    /** Where the node of a vertex stands in the table: nodes that are shared by the same stand at the same place. */
    Digest place(Vertex vertex) {
        return switch (vertex.reach()) {
            case ENGINE -> vertex.demanded();
            case SESSION -> session == job ? within("job", job, vertex) : within("session", session, vertex);
            case JOB -> within("job", job, vertex);
        };
    }

    /** Whether a vertex is worked on for {@code other} when it is for this one. */
    boolean includes(Circle other, Vertex vertex) {
        return switch (vertex.reach()) {
            case ENGINE -> true;
            case SESSION -> session == other.session;
            case JOB -> job == other.job;
        };
    }

    private static Digest within(String kind, OwnRuns own, Vertex vertex) {
        return new KeyEncoder()
                .text("place")
                .text(kind)
                .digest(vertex.demanded())
                .number(own.number())
                .finish();
    }
}
