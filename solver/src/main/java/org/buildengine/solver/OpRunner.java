package org.buildengine.solver;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.Vertex;

/**
 * Carries out one kind of operation. Called on a virtual thread of its own, at most once at a time per producer key unless it is a
 * {@link org.buildengine.solver.op.BuildOp build}.
 *
 * @param <O> the kind
 */
public interface OpRunner<O extends Op> {
    /**
     * Runs {@code op}. An exception fails the vertex with its message; an exception after {@link Run#cancelled} became
     * true counts as the cancellation. Everything started must have ended when this returns or throws.
     *
     * @param inputs the input trees, by input index
     */
    Output run(O op, List<Snapshot> inputs, Run run) throws Exception;

    /**
     * What came out.
     *
     * @param outputs the output trees, by output index
     * @param identity content identity of the outputs, if they are content-addressed
     * @param facts see {@link org.buildengine.snapshotter.StoredResult}
     * @param blobs see {@link org.buildengine.snapshotter.StoredResult}
     */
    record Output(List<Snapshot> outputs, Optional<Digest> identity, Map<String, String> facts, Set<Digest> blobs) {
        public static Output of(Snapshot tree) {
            return new Output(List.of(tree), Optional.empty(), Map.of(), Set.of());
        }
    }

    /** One run, seen by its runner. */
    interface Run {
        Vertex vertex();

        Instant started();

        /** Holds what the run needs of the store until its result is published and held itself. */
        Owner owner();

        /** Whether nobody demands the result any more. */
        boolean cancelled();

        /** Calls {@code action} (quick, once) when the run is cancelled; at once if it is already. */
        void onCancel(Runnable action);

        /**
         * Keeps output, and passes it on to the listeners of all jobs that demand the vertex. By one thread at a time.
         *
         * @param stream 1 for standard output, 2 for standard error
         */
        void output(int stream, byte[] bytes);

        /**
         * The result of another vertex that turned out to be needed, on behalf of whoever demands this one; held by the {@linkplain
         * #owner owner}. By one thread at a time, and only for a {@link org.buildengine.solver.op.BuildOp}, which has neither a turn
         * nor a cache volume that others may wait for.
         *
         * @param vertex may need builds that are nested more deeply than this one, and no others
         * @throws SolveException if it failed, or this run is cancelled
         * @throws IllegalStateException if this run is of another kind
         */
        StoredResult demand(Vertex vertex) throws SolveException, InterruptedException;

        /** What the jobs that demand the vertex at this moment offer as {@code type}: for whom it runs comes first. */
        <T> List<T> offers(Class<T> type);

        /** The first of the {@linkplain #offers offers}. */
        default <T> Optional<T> find(Class<T> type) {
            return offers(type).stream().findFirst();
        }
    }
}
