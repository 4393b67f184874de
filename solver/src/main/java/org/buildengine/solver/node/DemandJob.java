package org.buildengine.solver.node;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.events.PrintedOutput;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;

/** A job: its open demands, and what its listener has been told. Safe for use by several threads. */
final class DemandJob implements Job {
    private static final System.Logger LOG = System.getLogger(DemandJob.class.getName());

    /** Most jobs wait for one step, and hear of few at a time; there may be many that wait. */
    private static final int FEW = 2;

    private final NodeSolver solver;
    private final String name;
    private final Circle circle;

    /** Nobody's once the job is closed: a node that lasts may know the job for long. */
    private volatile JobScope scope;

    /** Nobody once the job is closed, for the same reason. */
    private volatile JobListener listener;

    /** Each with when it was made, in this order. */
    private final Map<Demand, Instant> open = Collections.synchronizedMap(new LinkedHashMap<>(FEW));

    /** The runs that the listener heard begin and not end, with when they began. */
    private final Map<Node, Instant> running = Collections.synchronizedMap(new LinkedHashMap<>(FEW));

    private final Set<Digest> announced = ConcurrentHashMap.newKeySet(FEW);
    private final Announcements announcements = new Announcements(this);

    private final Audience alone = Audience.of(this);

    /** Fails once the job is closed. */
    private final CompletableFuture<StoredResult> closing = new CompletableFuture<>();

    DemandJob(NodeSolver solver, long number, String name, JobScope scope, JobListener listener) {
        this.solver = solver;
        this.name = name;
        this.scope = scope;
        this.listener = new GuardedListener(name, listener);
        var own = new OwnRuns(number);
        this.circle = new Circle(scope.find(OwnRuns.class).orElse(own), own);
    }

    JobScope scope() {
        return scope;
    }

    /** What tells this job, and its session, from others. */
    Circle circle() {
        return circle;
    }

    /** Who is told; nobody once the job is closed. */
    JobListener listener() {
        return hearing().orElse(JobListener.NONE);
    }

    private Optional<JobListener> hearing() {
        JobListener hears = listener;
        return isOpen() ? Optional.of(hears) : Optional.empty();
    }

    boolean isOpen() {
        return !closing.isDone();
    }

    @Override
    public StoredResult demand(Vertex vertex) throws SolveException, InterruptedException {
        JobScope asked = scope;
        try (Demand demand = solver.demand(vertex, alone, circle)) {
            open.put(demand, solver.now());
            try {
                if (!isOpen()) {
                    throw closedException(vertex);
                }
                StoredResult result = answer(demand.node());
                if (!asked.find(Owner.class)
                        .map(owner -> owner.hold(result.id()))
                        .orElse(true)) {
                    // the demand was given up by now, and with it the result
                    throw closedException(vertex);
                }
                return result;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof SolveException failure) {
                    throw isOpen() ? failure : closedException(vertex);
                }
                throw new IllegalStateException("a node ended in an unknown way: " + vertex, e);
            } finally {
                open.remove(demand);
            }
        }
    }

    /** The result of a node, once the listener has heard all that the job hears of it in its own time. */
    private StoredResult answer(Node node) throws ExecutionException, InterruptedException {
        var outcome = CompletableFuture.anyOf(node.result(), closing);
        try {
            Object _ = outcome.get();
        } catch (ExecutionException _) {
            // thrown below
        }
        Object _ = CompletableFuture.anyOf(announcements.caughtUp(), closing).get();
        return (StoredResult) outcome.get();
    }

    /** This job as the only one that listens. */
    Audience alone() {
        return alone;
    }

    /** Whether it was opened after that one. */
    boolean isYoungerThan(DemandJob other) {
        return circle.job().number() > other.circle.job().number();
    }

    /** What is still to be told to the listener. */
    Announcements announcements() {
        return announcements;
    }

    /** Tells the listener that {@code vertex}, and all it needs, was remembered; what is needed comes first. */
    void tellCached(Vertex vertex, long result) {
        var covered = new ArrayList<Vertex>();
        var pending = new ArrayDeque<Vertex>(List.of(vertex));
        while (!pending.isEmpty()) {
            Vertex next = pending.poll();
            if (announced.add(next.demanded())) {
                covered.add(next);
                next.inputs().stream().map(InputRef::vertex).forEach(pending::add);
            }
        }
        covered.reversed().forEach(each -> listener().cached(each, result));
    }

    /**
     * Tells the listener that a vertex runs, which is thus not remembered. A job that is closed may be taken in once more by a node
     * that has dropped it: that changes nothing of what is to be told about the run it heard begin.
     */
    void tellStarted(Node node, Instant at, Miss cause) {
        if (running.putIfAbsent(node, at) != null) {
            return;
        }
        hearing()
                .ifPresentOrElse(
                        hears -> {
                            announced.add(node.vertex().demanded());
                            hears.missed(node.vertex(), cause);
                            hears.started(node.vertex(), at);
                        },
                        () -> running.remove(node));
    }

    /** Tells the listener how a run ended; one that has left is told that instead. */
    void tellEnded(Node node, Consumer<JobListener> end) {
        hearing().filter(_ -> running.remove(node) != null).ifPresent(end);
    }

    private void tellLeft(Node node, JobListener hears) {
        Instant began = running.remove(node);
        if (began != null) {
            hears.left(node.vertex(), Node.elapsed(began, solver.now()));
        }
    }

    /** Does something that only this job waits for. */
    void inOwnTime(Runnable work) {
        solver.start("catching up of " + name, work);
    }

    /** Tells the listener what the run of {@code vertex} printed that this job has not heard, unless the job ends first. */
    void tellPrinted(Vertex vertex, PrintedOutput unheard) {
        try {
            unheard.replay(new PrintedOutput.Hearer() {
                @Override
                public boolean printed(OutputPiece piece) {
                    listener().output(vertex, piece);
                    return isOpen();
                }

                @Override
                public void lost(long bytes) {
                    listener().lost(vertex, bytes);
                }
            });
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0} does not hear all that {1} printed: {2}", name, vertex, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The steps that this job waits for. */
    List<Wait> waits() {
        var waits = new ArrayList<Wait>();
        open.forEach((demand, since) -> waits.add(new Wait(
                Party.client(name),
                Party.step(demand.node().vertex()),
                Wait.Kind.RESULT,
                "",
                since,
                Optional.empty())));
        return waits;
    }

    private SolveException closedException(Vertex vertex) {
        return new SolveException(
                SolveException.Kind.CANCELLED,
                vertex,
                vertex.op().describe() + ": cancelled, " + name + " has ended",
                null);
    }

    @Override
    public void close() {
        if (closing.completeExceptionally(
                new SolveException(SolveException.Kind.CANCELLED, null, name + " has ended", null))) {
            List.copyOf(open.keySet()).forEach(Demand::close);
            JobListener hears = listener;
            listener = JobListener.NONE;
            for (Node node : List.copyOf(running.keySet())) {
                announcements.note(node.vertex().demanded(), () -> tellLeft(node, hears));
                announcements.tellOrLeave(node.vertex().demanded());
            }
            solver.forget(this);
            scope = JobScope.NONE;
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
