package org.buildengine.solver.node;

import static java.time.Duration.ZERO;
import static org.buildengine.snapshotter.KeyKind.RECIPE;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.admission.Admission;
import org.buildengine.solver.events.Ending;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.key.Keys;
import org.buildengine.solver.key.SeenResults;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Party;

/**
 * What one node does, from top to bottom: look for its recipe, then for its producer key, get its inputs, look again, claim, wait
 * for cache volumes and for its turn, run, publish. It has a thread only while it does something: whenever it has to wait, it
 * leaves its thread, and goes on with another. Every wait ends at the node's cancellation too.
 */
final class NodeTask {
    private final Node node;
    private final Vertex vertex;
    private final NodeSolver solver;
    private final Snapshotter snapshotter;
    private final ResultStore results;
    private final Runners runners;
    private final InstantSource clock;
    private final List<Demand> held = new ArrayList<>();
    private final Owner owner;
    private final Recall recall;
    private final Turn turn;
    private final Publication publication;
    private Optional<Digest> claimed = Optional.empty();
    private Optional<RunLog> log = Optional.empty();

    NodeTask(
            Node node,
            NodeSolver solver,
            Snapshotter snapshotter,
            Runners runners,
            Admission admission,
            InstantSource clock) {
        this.node = node;
        this.vertex = node.vertex();
        this.solver = solver;
        this.snapshotter = snapshotter;
        this.results = snapshotter.results();
        this.runners = runners;
        this.clock = clock;
        this.owner = results.owner(vertex.op().describe());
        this.recall = new Recall(vertex, node.circle(), results, owner, clock);
        this.turn = new Turn(node, admission);
        this.publication = new Publication(vertex, snapshotter, owner, recall);
    }

    /** Begins. */
    void run() {
        proceed(this::look);
    }

    /** What is to be done next, without waiting for anybody. */
    @FunctionalInterface
    private interface Step {
        Progress take() throws SolveException, CancelledException, IOException;
    }

    private sealed interface Progress {}

    /** A result, and what listeners are told of how it came about. */
    private record Solved(StoredResult result, Consumer<DemandJob> event) implements Progress {}

    /** There is nothing to be done until something has happened, and then {@code next}. */
    private record Waits(CompletableFuture<?> event, Step next) implements Progress {}

    /** What is known of a vertex when its inputs are there. */
    private record Keyed(List<StoredResult> inputs, Digest producer, Optional<Digest> content) {}

    private void proceed(Step first) {
        boolean waits = false;
        try {
            Progress progress = first.take();
            while (progress instanceof Waits(CompletableFuture<?> event, Step next)) {
                if (!event.isDone() && !node.cancellation().isDone()) {
                    goOnAfter(event, next);
                    waits = true;
                    return;
                }
                progress = next.take();
            }
            Solved solved = (Solved) progress;
            if (!node.finish(solved.result(), solved.event())) {
                giveUp();
            }
        } catch (CancelledException e) {
            giveUp();
        } catch (SolveException | IOException | RuntimeException | Error e) {
            fail(failure(e));
        } finally {
            if (!waits) {
                end();
            }
        }
    }

    private void goOnAfter(CompletableFuture<?> event, Step next) {
        CompletableFuture<?> _ = CompletableFuture.anyOf(event, node.cancellation())
                .whenComplete((_, _) -> solver.start(node, () -> proceed(next)));
    }

    private void end() {
        leave();
        held.forEach(Demand::close);
        node.markEnded(owner);
        solver.remove(node);
    }

    /** Gives back what lets this node run, and others not. */
    private void leave() {
        turn.close();
        claimed.ifPresent(producer -> solver.unclaim(producer, node));
    }

    private void fail(SolveException failure) {
        Optional<Duration> ran = node.ranFor(clock.instant());
        log.ifPresent(
                run -> run.end(node.cancellation().isDone() ? Ending.CANCELLED : Ending.FAILED, ran.orElse(ZERO)));
        if (!node.fail(
                failure, job -> ran.ifPresent(took -> job.tellEnded(node, to -> to.failed(vertex, failure, took))))) {
            giveUp();
        }
    }

    private void giveUp() {
        Optional<Duration> ran = node.ranFor(clock.instant());
        log.ifPresent(run -> run.end(Ending.CANCELLED, ran.orElse(ZERO)));
        node.abandon(job -> ran.ifPresent(took -> job.tellEnded(node, to -> to.cancelled(vertex, took))));
    }

    private Progress look() throws SolveException, CancelledException, IOException {
        node.become(NodeState.KEYING);
        Optional<Recall.Found> remembered = recall.withoutInputs();
        if (remembered.isPresent()) {
            return cached(remembered.get());
        }
        return vertex.inputs().isEmpty() ? key(List.of()) : demandInputs();
    }

    private Solved cached(Recall.Found found) {
        long result = found.result().id();
        return new Solved(found.result(), job -> {
            job.tellCached(vertex, result);
            job.listener().remembered(vertex, found.how(), result);
        });
    }

    private Tree treeOf(Vertex of, int input, StoredResult result) throws IOException {
        return snapshotter.tree(result.outputs().get(of.inputs().get(input).output()));
    }

    private Progress demandInputs() throws CancelledException {
        node.become(NodeState.AWAITING_INPUTS);
        List<Demand> demands = vertex.inputs().stream()
                .map(input -> solver.demand(input.vertex(), node.audience(), node.circle()))
                .toList();
        held.addAll(demands);
        node.workedOnBy(demands.stream().map(Demand::node).toList());
        // whoever joined between the two lines above is passed on now
        demands.forEach(demand -> demand.node().listen(node.audience()));
        List<CompletableFuture<StoredResult>> results =
                demands.stream().map(demand -> demand.node().result()).toList();
        CompletableFuture<Object> all = allOrFirstFailure(results);
        return new Waits(all, () -> {
            value(all);
            return takeInputs(results);
        });
    }

    private Progress takeInputs(List<CompletableFuture<StoredResult>> results)
            throws SolveException, CancelledException, IOException {
        var seen = new SeenResults(snapshotter::tree);
        var inputs = new ArrayList<StoredResult>();
        for (int i = 0; i < results.size(); i++) {
            Reuse reuse = vertex.inputs().get(i).vertex().reuse();
            inputs.add(seen.counted(value(results.get(i)), reuse));
        }
        node.workedOnBy(List.of());
        node.become(NodeState.KEYING);
        return key(inputs);
    }

    private Progress key(List<StoredResult> inputs) throws SolveException, CancelledException, IOException {
        Digest producer = Keys.producer(
                vertex, inputs.stream().map(StoredResult::identity).toList());
        Optional<Recall.Found> remembered = recall.byProducer(producer);
        if (remembered.isPresent()) {
            return cached(remembered.get());
        }
        Optional<Digest> content = Keys.content(vertex, inputs, this::treeOf);
        if (content.isPresent()) {
            remembered = recall.byContent(content.get(), producer);
            if (remembered.isPresent()) {
                return cached(remembered.get());
            }
        }
        return claim(new Keyed(inputs, producer, content));
    }

    /** Completes when all parts have, or at once when one of them fails. */
    private static CompletableFuture<Object> allOrFirstFailure(List<CompletableFuture<StoredResult>> parts) {
        var failed = new CompletableFuture<Void>();
        for (CompletableFuture<StoredResult> part : parts) {
            CompletableFuture<Boolean> _ =
                    part.handle((value, failure) -> failure != null && failed.completeExceptionally(failure));
        }
        return CompletableFuture.anyOf(CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new)), failed);
    }

    private Progress claim(Keyed keyed) throws SolveException, CancelledException, IOException {
        Optional<Node> holder = solver.claim(keyed.producer(), node);
        if (holder.isPresent()) {
            return join(holder.get(), keyed);
        }
        claimed = Optional.of(keyed.producer());
        // somebody may have published between the look-up and the claim
        Optional<Recall.Found> remembered = recall.byProducer(keyed.producer());
        return remembered.isPresent() ? cached(remembered.get()) : awaitVolumes(keyed);
    }

    /** Waits for the node that runs the same: for its result, or for its end if it has none that may be used here. */
    private Progress join(Node holder, Keyed keyed) throws CancelledException {
        Optional<Demand> demand = recall.mayJoin() ? holder.demand(node.audience()) : Optional.empty();
        if (demand.isEmpty()) {
            node.become(NodeState.AWAITING_KEY);
            node.keptBy(holder);
            return new Waits(holder.ended(), () -> {
                node.become(NodeState.KEYING);
                return claim(keyed);
            });
        }
        held.add(demand.get());
        node.become(NodeState.JOINED);
        node.workedOnBy(List.of(holder));
        holder.listen(node.audience());
        return new Waits(holder.result(), () -> {
            StoredResult result = value(holder.result());
            owner.hold(result.id());
            results.addKey(RECIPE, vertex.recipe(), result.id());
            return cached(new Recall.Found(result, Lookup.JOINED));
        });
    }

    private Progress awaitVolumes(Keyed keyed) throws SolveException, CancelledException, IOException {
        if (!(vertex.op() instanceof ExecOp execution)) {
            node.become(NodeState.QUEUED);
            return execute(keyed);
        }
        Set<Digest> exclusive = execution.exclusiveVolumes();
        if (exclusive.isEmpty()) {
            return queue(keyed);
        }
        node.become(NodeState.AWAITING_VOLUMES);
        return new Waits(turn.takeVolumes(exclusive), () -> queue(keyed));
    }

    private Progress queue(Keyed keyed) throws CancelledException {
        node.become(NodeState.QUEUED);
        return new Waits(turn.enter(), () -> execute(keyed));
    }

    private Solved execute(Keyed keyed) throws SolveException, CancelledException, IOException {
        List<StoredResult> inputs = keyed.inputs();
        Instant started = clock.instant();
        var miss = new Miss(inputs, keyed.producer(), recall.refusal());
        node.start(started, miss);
        RunLog written = miss.begin(vertex, started, clock);
        log = Optional.of(written);
        OpRunner.Output output = carryOut(vertex.op(), inputs, new NodeRun(node, solver, owner, started, written));
        Duration took = Node.elapsed(started, clock.instant());
        StoredResult result =
                Party.step(vertex).calls(() -> publication.publish(output, keyed.producer(), keyed.content(), took));
        written.end(Ending.SUCCEEDED, took);
        leave();
        return new Solved(result, job -> {
            job.tellEnded(node, to -> to.finished(vertex, miss, result.id(), took));
            // whoever came when the inputs were there already hears of them now
            vertex.inputs().forEach(input -> job.tellCached(input.vertex(), result.id()));
        });
    }

    private <O extends Op> OpRunner.Output carryOut(O op, List<StoredResult> inputs, NodeRun run)
            throws SolveException, CancelledException {
        var trees = new ArrayList<Snapshot>();
        for (int i = 0; i < inputs.size(); i++) {
            trees.add(inputs.get(i).outputs().get(vertex.inputs().get(i).output()));
        }
        try {
            return runners.of(op).run(op, trees, run);
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (node.cancellation().isDone()) {
                throw new CancelledException();
            }
            throw failure(e);
        } finally {
            run.finishOutput();
        }
    }

    private SolveException failure(Throwable cause) {
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return cause instanceof SolveException known
                ? known
                : new SolveException(SolveException.Kind.FAILED, vertex, text, cause);
    }

    /** What has been awaited. */
    private <T> T value(CompletableFuture<T> future) throws SolveException, CancelledException {
        if (node.cancellation().isDone()) {
            throw new CancelledException();
        }
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SolveException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
