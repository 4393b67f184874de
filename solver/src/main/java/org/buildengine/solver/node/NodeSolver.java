package org.buildengine.solver.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.Headroom;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.Runners;
import org.buildengine.solver.Solver;
import org.buildengine.solver.admission.Admission;
import org.buildengine.solver.admission.Gate;
import org.buildengine.solver.admission.VolumeLocks;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Wait;

/** The table of nodes by their {@linkplain Circle#place places}, and the claims of producer keys. Safe for use by several threads. */
public final class NodeSolver implements Solver {
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(30);

    private final Snapshotter snapshotter;
    private final Runners runners;
    private final Admission admission;
    private final InstantSource clock;
    private final ThreadFactory threads;
    private final ConcurrentMap<Digest, Node> nodes = new ConcurrentHashMap<>();
    private final ConcurrentMap<Digest, Node> claims = new ConcurrentHashMap<>();

    /** Set before the nodes that are to end are listed, read after a node was put in the table: one of both sees the other. */
    private volatile boolean closed;

    private final AtomicLong jobNumbers = new AtomicLong();
    private final Set<DemandJob> jobs = Collections.synchronizedSet(new LinkedHashSet<>());

    /** A solver whose nodes work on virtual threads, and which never wants for headroom. */
    public NodeSolver(Snapshotter snapshotter, Runners runners, int parallelExecutions, InstantSource clock) {
        this(
                snapshotter,
                runners,
                parallelExecutions,
                Headroom.AMPLE,
                clock,
                Thread.ofVirtual().factory());
    }

    /**
     * A solver without work.
     *
     * @param snapshotter where results and trees are kept; not closed by this solver
     * @param parallelExecutions how many containers may run at once
     * @param headroom whether one more may begin beside those that run
     * @param clock tells listeners when a step began and how long it took; nothing waits for it
     * @param threads makes the threads of nodes
     */
    public NodeSolver(
            Snapshotter snapshotter,
            Runners runners,
            int parallelExecutions,
            Headroom headroom,
            InstantSource clock,
            ThreadFactory threads) {
        this.snapshotter = snapshotter;
        this.runners = runners;
        this.admission = new Admission(new VolumeLocks(clock), new Gate(parallelExecutions, headroom));
        this.clock = clock;
        this.threads = threads;
    }

    @Override
    public Job open(String name, JobScope scope, JobListener listener) {
        var job = new DemandJob(this, jobNumbers.incrementAndGet(), name, scope, listener);
        jobs.add(job);
        return job;
    }

    /** Demands {@code vertex} for {@code audience}: of the node that works on it for this circle, or of a new one. */
    Demand demand(Vertex vertex, Audience audience, Circle circle) {
        Digest place = circle.place(vertex);
        while (true) {
            Node node = nodes.computeIfAbsent(
                    place, _ -> new Node(vertex, place, circle, CompletableFuture.completedFuture(null), clock));
            Optional<Demand> demand = node.demand(audience);
            if (demand.isPresent()) {
                if (node.claimLaunch()) {
                    if (closed) {
                        node.cancel();
                    }
                    launch(node);
                }
                return demand.get();
            }
            nodes.computeIfPresent(
                    place,
                    (_, current) -> current == node ? new Node(vertex, place, circle, node.ended(), clock) : current);
        }
    }

    private void launch(Node node) {
        // not given up early: whoever waits for this node's end waits for that of the earlier ones too
        CompletableFuture<?> _ = node.predecessor()
                .whenComplete((_, _) ->
                        start(node, () -> new NodeTask(node, this, snapshotter, runners, admission, clock).run()));
    }

    /** Does {@code work} of a node on a thread of its own. */
    void start(Node node, Runnable work) {
        start("node " + node.vertex().op().describe(), work);
    }

    /** Does {@code work} on a thread of its own, which has that name. */
    void start(String name, Runnable work) {
        Thread thread = threads.newThread(work);
        thread.setName(name);
        thread.start();
    }

    /**
     * Claims {@code producer} for {@code node}; the one that holds the claim already, if there is one. Builds need no claim: what
     * they demand has its own, and goes on for each build that demands it when another one is given up.
     */
    Optional<Node> claim(Digest producer, Node node) {
        if (node.vertex().op() instanceof BuildOp) {
            return Optional.empty();
        }
        return Optional.ofNullable(claims.putIfAbsent(producer, node)).filter(holder -> holder != node);
    }

    void unclaim(Digest producer, Node node) {
        claims.remove(producer, node);
    }

    void remove(Node node) {
        nodes.remove(node.place(), node);
    }

    void forget(DemandJob job) {
        jobs.remove(job);
    }

    Instant now() {
        return clock.instant();
    }

    @Override
    public List<Wait> waits() {
        return Stream.concat(
                        List.copyOf(jobs).stream().flatMap(job -> job.waits().stream()),
                        Stream.concat(
                                nodes.values().stream()
                                        .flatMap(node -> node.standing().waits(admission.executions()).stream()),
                                admission.volumes().waits().stream()))
                .toList();
    }

    @Override
    public void close(Duration deadline) throws InterruptedException {
        closed = true;
        List<DemandJob> leaving = List.copyOf(jobs);
        leaving.forEach(DemandJob::close);
        List<Node> nodesLeft = List.copyOf(nodes.values());
        nodesLeft.forEach(Node::cancel);
        List<CompletableFuture<Void>> ending = Stream.concat(
                        nodesLeft.stream().map(Node::ended),
                        leaving.stream().map(job -> job.announcements().caughtUp()))
                .toList();
        var all = CompletableFuture.allOf(ending.toArray(CompletableFuture<?>[]::new));
        try {
            all.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            long left = ending.stream().filter(end -> !end.isDone()).count();
            System.getLogger(NodeSolver.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} operations did not end within {1}", left, deadline);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a node cannot end in a failure of its own", e);
        }
    }

    @Override
    public void close() {
        try {
            close(CLOSE_DEADLINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
