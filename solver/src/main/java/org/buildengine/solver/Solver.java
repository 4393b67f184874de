package org.buildengine.solver;

import java.util.List;
import org.buildengine.solver.waiting.Wait;

/**
 * Shared by all sessions: the table of what is being worked on, over the durable memory of what was. Safe for use by
 * several threads.
 */
public interface Solver extends AutoCloseable {
    /**
     * Opens a scope of demand. Everything it still demands when it is closed is given up.
     *
     * @param name for people, in listings
     * @param scope what the runners may ask of whoever demands (secrets, files); if it offers an {@link
     *     org.buildengine.snapshotter.Owner}, that holds every result that the job gets
     * @param listener told what happens to every vertex that the job demands, directly or not
     */
    Job open(String name, JobScope scope, JobListener listener);

    /** Who waits now, jobs for steps and steps for each other; in no order, and each as it was at some moment of the call. */
    List<Wait> waits();

    /** Cancels everything that runs and waits until it has ended, but not longer than {@code deadline}. */
    void close(java.time.Duration deadline) throws InterruptedException;

    @Override
    void close();
}
