package org.buildengine.server;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Vertex;

/**
 * Holds for a while what a failed step worked on, also when its session has ended: whoever mends it goes on from there, whatever is
 * collected meanwhile. At most {@value #MOST} steps at a time, the oldest goes first. Safe for use by several threads.
 */
final class PostMortems implements AutoCloseable {
    /** Long enough to read an error and try again. */
    static final Duration USUAL = Duration.ofMinutes(10);

    private static final int MOST = 100;

    private final Function<String, Owner> owners;
    private final Duration kept;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Kept> failures = new ArrayDeque<>();
    private boolean closed;

    private record Kept(Digest step, Owner owner) {}

    /**
     * Holds nothing yet.
     *
     * @param owners makes somebody of that name who holds results
     * @param kept how long the inputs of a failed step are held
     */
    PostMortems(Function<String, Owner> owners, Duration kept) {
        this.owners = owners;
        this.kept = kept;
    }

    /** Hears which steps of a job fail. */
    JobListener listener() {
        return new Failures();
    }

    private final class Failures implements JobListener {
        private final Map<Digest, List<StoredResult>> running = new ConcurrentHashMap<>();

        @Override
        public void missed(Vertex vertex, Miss miss) {
            running.put(vertex.demanded(), miss.inputs());
        }

        @Override
        public void finished(Vertex vertex, Miss run, long result, Duration took) {
            running.remove(vertex.demanded());
        }

        @Override
        public void cancelled(Vertex vertex, Duration took) {
            running.remove(vertex.demanded());
        }

        @Override
        public void failed(Vertex vertex, SolveException failure, Duration took) {
            List<StoredResult> inputs = running.remove(vertex.demanded());
            if (inputs != null) {
                keep(vertex, inputs);
            }
        }
    }

    private void keep(Vertex vertex, List<StoredResult> inputs) {
        Owner owner = owners.apply("post-mortem of " + vertex.op().describe());
        inputs.forEach(input -> owner.hold(input.id()));
        var failure = new Kept(vertex.demanded(), owner);
        var over = new ArrayDeque<Kept>();
        lock.lock();
        try {
            failures.stream()
                    .filter(known -> known.step().equals(failure.step()))
                    .forEach(over::add);
            failures.removeAll(over);
            failures.add(failure);
            if (closed || failures.size() > MOST) {
                over.add(failures.remove());
            }
        } finally {
            lock.unlock();
        }
        over.forEach(each -> each.owner().close());
        CompletableFuture.delayedExecutor(kept.toNanos(), TimeUnit.NANOSECONDS).execute(() -> end(failure));
    }

    private void end(Kept failure) {
        lock.lock();
        try {
            failures.remove(failure);
        } finally {
            lock.unlock();
        }
        failure.owner().close();
    }

    /** Lets go of everything. */
    @Override
    public void close() {
        List<Kept> left;
        lock.lock();
        try {
            closed = true;
            left = List.copyOf(failures);
            failures.clear();
        } finally {
            lock.unlock();
        }
        left.forEach(each -> each.owner().close());
    }
}
