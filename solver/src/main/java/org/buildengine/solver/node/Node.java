package org.buildengine.solver.node;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/**
 * One vertex while it is demanded: who demands it, who listens, where it stands. What it does is {@link NodeTask}'s.
 * Safe for use by several threads; no call-back is made under its lock.
 */
final class Node {
    private static final System.Logger LOG = System.getLogger(Node.class.getName());

    private final Vertex vertex;
    private final Digest place;
    private final Circle circle;
    private final CompletableFuture<?> predecessor;
    private final InstantSource clock;
    private final CompletableFuture<StoredResult> result = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Demand> demands = new HashSet<>();
    private final List<Node> inputs = new ArrayList<>();

    /** Who runs under the key of this one, if that is what it waits for. */
    private @Nullable Node keeper;

    private NodeState state = NodeState.NEW;

    /** When the state began, in milliseconds since 1970. */
    private long since;

    private boolean launched;
    private final Listening listening = new Listening(this);

    /** Lets the node wait for its turn on the account of one more job; there while it is queued, and afterwards. */
    private @Nullable Consumer<DemandJob> turn;

    private @Nullable Owner owner;

    /**
     * A node nobody demands yet.
     *
     * @param place where it stands in the table of nodes
     * @param circle for whom it works, if not for everybody
     * @param predecessor ends when an earlier node of the same vertex, which was being cancelled, has ended
     */
    Node(Vertex vertex, Digest place, Circle circle, CompletableFuture<?> predecessor, InstantSource clock) {
        this.vertex = vertex;
        this.place = place;
        this.circle = circle;
        this.predecessor = predecessor;
        this.clock = clock;
        this.since = clock.millis();
    }

    Vertex vertex() {
        return vertex;
    }

    Digest place() {
        return place;
    }

    Circle circle() {
        return circle;
    }

    CompletableFuture<?> predecessor() {
        return predecessor;
    }

    /** Completes with the result or a {@link SolveException}. */
    CompletableFuture<StoredResult> result() {
        return result;
    }

    /** Completes when nothing of this node runs any more. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /** Completes when the last demand is gone. */
    CompletableFuture<Void> cancellation() {
        return cancelled;
    }

    /** Adds a demand on behalf of {@code jobs}, who hear of the node from then on; empty if this node is past taking one. */
    Optional<Demand> demand(Audience jobs) {
        var demand = new Demand(this);
        var joinings = new IdentityHashMap<Audience, Audience.Joining>();
        Optional<Joined> joined;
        lock.lock();
        try {
            if (!state.takesDemand()) {
                return Optional.empty();
            }
            demands.add(demand);
            joined = join(jobs, joinings);
        } finally {
            lock.unlock();
        }
        if (joined.isPresent()) {
            listen(jobs, joinings, tell(joined.get()));
        }
        return Optional.of(demand);
    }

    /** Whether the caller is the one that has to launch the node's task. */
    boolean claimLaunch() {
        lock.lock();
        try {
            boolean first = !launched;
            launched = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    void drop(Demand demand) {
        boolean givenUp;
        lock.lock();
        try {
            demands.remove(demand);
            givenUp = demands.isEmpty() && !state.ended() && state != NodeState.CANCELLING;
            if (givenUp) {
                state = NodeState.CANCELLING;
                since = clock.millis();
            }
        } finally {
            lock.unlock();
        }
        if (givenUp) {
            cancelled.complete(null);
        }
        letGo();
    }

    /** Cancels whatever the demands say. A node that nobody has launched yet ends here, for nobody will. */
    void cancel() {
        boolean unlaunched;
        lock.lock();
        try {
            if (state.ended() || state == NodeState.CANCELLING) {
                return;
            }
            state = NodeState.CANCELLING;
            since = clock.millis();
            unlaunched = !launched;
            launched = true;
        } finally {
            lock.unlock();
        }
        cancelled.complete(null);
        if (unlaunched) {
            abandon(_ -> {});
            CompletableFuture<Void> _ = predecessor.thenRun(() -> ended.complete(null));
        }
    }

    /** Moves on, unless the node was cancelled meanwhile. */
    void become(NodeState next) throws CancelledException {
        lock.lock();
        try {
            if (state == NodeState.CANCELLING) {
                throw new CancelledException();
            }
            if (!state.canBecome(next)) {
                throw new IllegalStateException(vertex + " cannot go from " + state + " to " + next);
            }
            state = next;
            since = clock.millis();
        } finally {
            lock.unlock();
        }
    }

    /** Where it stands at this moment, and who works for it. */
    Standing standing() {
        lock.lock();
        try {
            Node holder = keeper;
            boolean kept = state == NodeState.AWAITING_KEY && holder != null;
            return new Standing(this, state, Instant.ofEpochMilli(since), kept ? List.of(holder) : List.copyOf(inputs));
        } finally {
            lock.unlock();
        }
    }

    NodeState state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /** Starts to run and tells everybody who listens. */
    void start(Instant at, Miss cause) throws CancelledException {
        become(NodeState.RUNNING);
        tell(() -> listening.start(at, cause));
    }

    /** Lets {@code jobs} hear this node and, while they are worked on for it, its inputs. */
    void listen(Audience jobs) {
        listen(jobs, new IdentityHashMap<>(), List.of(this));
    }

    private static void listen(Audience jobs, Map<Audience, Audience.Joining> joinings, List<Node> nodes) {
        var pending = new ArrayDeque<Node>(nodes);
        while (!pending.isEmpty()) {
            pending.addAll(pending.poll().addAudience(jobs, joinings));
        }
    }

    /** Who has joined, and what is to be done for them without the lock. */
    private record Joined(List<DemandJob> newcomers, Optional<Consumer<DemandJob>> queued, List<Node> below) {}

    /** Takes {@code jobs} in and returns the inputs that have to take them in too. */
    private List<Node> addAudience(Audience jobs, Map<Audience, Audience.Joining> joinings) {
        Optional<Joined> joined;
        lock.lock();
        try {
            joined = join(jobs, joinings);
        } finally {
            lock.unlock();
        }
        return joined.map(this::tell).orElse(List.of());
    }

    private Optional<Joined> join(Audience jobs, Map<Audience, Audience.Joining> joinings) {
        if (state.ended() || listening.audience() == jobs) {
            return Optional.empty();
        }
        List<DemandJob> newcomers =
                listening.join(joinings.computeIfAbsent(listening.audience(), before -> before.joinedBy(jobs)));
        return newcomers.isEmpty()
                ? Optional.empty()
                : Optional.of(new Joined(newcomers, Optional.ofNullable(turn), List.copyOf(inputs)));
    }

    private List<Node> tell(Joined joined) {
        tell(joined.newcomers());
        joined.queued().ifPresent(queued -> joined.newcomers().forEach(queued));
        return joined.below();
    }

    /** Calls {@code onAccountOf} with each job that listens, now or later: its session may be the one whose turn comes first. */
    void queue(Consumer<DemandJob> onAccountOf) {
        List<DemandJob> jobs;
        lock.lock();
        try {
            turn = onAccountOf;
            jobs = listening.audience().jobs();
        } finally {
            lock.unlock();
        }
        jobs.forEach(onAccountOf);
    }

    /** Names the nodes that work for this one from now on. */
    void workedOnBy(List<Node> nodes) {
        lock.lock();
        try {
            inputs.clear();
            inputs.addAll(nodes);
        } finally {
            lock.unlock();
        }
    }

    /** Names the node that runs under the key of this one, which waits for that one's end. */
    void keptBy(Node holder) {
        lock.lock();
        try {
            keeper = holder;
        } finally {
            lock.unlock();
        }
    }

    /** The jobs that listen now. */
    Audience audience() {
        lock.lock();
        try {
            return listening.audience();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends with a result, after everybody who listens has been told by {@code event}, but for those who still hear what they missed.
     *
     * @return false if the node is being cancelled instead
     */
    boolean finish(StoredResult value, Consumer<DemandJob> event) {
        return end(NodeState.DONE, event, () -> result.complete(value));
    }

    /**
     * Ends with a failure, after everybody who listens has been told by {@code event}, but for those who still hear what they missed.
     *
     * @return false if the node is being cancelled instead
     */
    boolean fail(SolveException failure, Consumer<DemandJob> event) {
        return end(NodeState.FAILED, event, () -> result.completeExceptionally(failure));
    }

    /** Ends without result, after everybody who listens has been told; for a node that is being cancelled. */
    void abandon(Consumer<DemandJob> event) {
        var cancellation = new SolveException(
                SolveException.Kind.CANCELLED, vertex, vertex.op().describe() + ": cancelled", null);
        boolean _ = end(NodeState.CANCELLED, event, () -> result.completeExceptionally(cancellation));
    }

    /** Ends: tells everybody who listens, and gives the answer then, whatever becomes of the telling. */
    private boolean end(NodeState end, Consumer<DemandJob> event, Runnable answer) {
        List<DemandJob> jobs;
        lock.lock();
        try {
            if (state == NodeState.CANCELLING && end != NodeState.CANCELLED) {
                return false;
            }
            if (!state.canBecome(end)) {
                throw new IllegalStateException(vertex + " cannot go from " + state + " to " + end);
            }
            state = end;
            jobs = listening.note(event);
        } finally {
            lock.unlock();
        }
        try {
            tell(jobs);
        } finally {
            answer.run();
        }
        return true;
    }

    /** Ends; {@code holding} holds the result, and is closed when the last demand is gone. */
    void markEnded(Owner holding) {
        lock.lock();
        try {
            owner = holding;
        } finally {
            lock.unlock();
        }
        letGo();
        ended.complete(null);
    }

    private void letGo() {
        Owner unneeded;
        lock.lock();
        try {
            unneeded = demands.isEmpty() ? owner : null;
        } finally {
            lock.unlock();
        }
        if (unneeded == null) {
            return;
        }
        try {
            unneeded.close();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "what " + vertex + " needed was not let go", e);
        }
    }

    /** The run has printed something: tells everybody who listens now, and later who joins. */
    void printed(OutputPiece piece) {
        tell(() -> listening.print(piece));
    }

    /** Notes something under the lock, and tells it without. */
    private void tell(Supplier<List<DemandJob>> note) {
        List<DemandJob> jobs;
        lock.lock();
        try {
            jobs = note.get();
        } finally {
            lock.unlock();
        }
        tell(jobs);
    }

    private void tell(List<DemandJob> jobs) {
        jobs.forEach(job -> job.announcements().tell(vertex.demanded()));
    }

    /** The time between two readings of the clock; none if it was set back meanwhile. */
    static Duration elapsed(Instant from, Instant to) {
        return to.isBefore(from) ? Duration.ZERO : Duration.between(from, to);
    }

    /** How long it has run, if it has begun to. */
    Optional<Duration> ranFor(Instant now) {
        lock.lock();
        try {
            return listening.began().map(at -> elapsed(at, now));
        } finally {
            lock.unlock();
        }
    }
}
