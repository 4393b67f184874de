package org.buildengine.solver;

import java.time.Duration;
import java.time.Instant;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Vertex;

/**
 * Told what happens to the vertices that a job demands. Called from the solver's threads, for one vertex in order, for
 * different ones concurrently. Must not block for long: output is passed on under back-pressure of this call, unless the job
 * joined the run later and still hears what it missed; then that is told, with all that follows, in the job's own time.
 */
public interface JobListener {
    /** Hears nothing. */
    JobListener NONE = new JobListener() {};

    /** The vertex is not run: {@code result} number is remembered. At most once per job and vertex. */
    default void cached(Vertex vertex, long result) {}

    /**
     * The vertex runs, here or for another job that this one joined; then it is the one that runs, which can be another description
     * of what this job asks for. Such a vertex can begin twice, if this job asks for it too and may not use the other's result.
     */
    default void started(Vertex vertex, Instant at) {}

    /** Why {@code vertex} need not run: told once for each demand, after {@link #cached}. */
    default void remembered(Vertex vertex, Lookup how, long result) {}

    /** Nothing is remembered for {@code vertex}; told before {@link #started}. */
    default void missed(Vertex vertex, Miss miss) {}

    /** Something that the running vertex printed. */
    default void output(Vertex vertex, OutputPiece piece) {}

    /** So many bytes that the running vertex printed here are missing: the job did not hear them then, and they are in no log. */
    default void lost(Vertex vertex, long bytes) {}

    /** The run, which {@link #missed} told of, ended well: it made {@code result}, which is that result's number. */
    default void finished(Vertex vertex, Miss run, long result, Duration took) {}

    /** The run failed. */
    default void failed(Vertex vertex, SolveException failure, Duration took) {}

    /** The run was given up because nobody demands it any more. */
    default void cancelled(Vertex vertex, Duration took) {}

    /** The job was closed before the run ended, and hears no more of it: others may let it go on. */
    default void left(Vertex vertex, Duration after) {}
}
