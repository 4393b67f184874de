package org.buildengine.solver.node;

import static org.buildengine.snapshotter.KeyKind.CONTENT;
import static org.buildengine.snapshotter.KeyKind.PRODUCER;
import static org.buildengine.snapshotter.KeyKind.RECIPE;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.admission.Gate;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.key.Keys;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.Vertex;

/**
 * What one node does, from top to bottom, on its own virtual thread: look for its recipe, then for its producer key, get
 * its inputs, look again, claim, wait for its turn, run, publish. Every wait ends at the node's cancellation too.
 */
final class NodeTask {
    private final Node node;
    private final Vertex vertex;
    private final NodeSolver solver;
    private final Snapshotter snapshotter;
    private final ResultStore results;
    private final Runners runners;
    private final Gate executions;
    private final InstantSource clock;
    private final List<Demand> held = new ArrayList<>();
    private final Owner owner;
    private final Recall recall;

    NodeTask(
            Node node,
            NodeSolver solver,
            Snapshotter snapshotter,
            Runners runners,
            Gate executions,
            InstantSource clock) {
        this.node = node;
        this.vertex = node.vertex();
        this.solver = solver;
        this.snapshotter = snapshotter;
        this.results = snapshotter.results();
        this.runners = runners;
        this.executions = executions;
        this.clock = clock;
        this.owner = results.owner(vertex.op().describe());
        this.recall = new Recall(vertex, node.circle(), results, owner, clock);
    }

    void run() {
        try {
            // not given up early: whoever waits for this node's end waits for that of the earlier ones too
            node.predecessor().join();
            Solved solved = solve();
            if (!node.finish(solved.result(), solved.event())) {
                giveUp();
            }
        } catch (CancelledException e) {
            giveUp();
        } catch (SolveException e) {
            fail(e);
        } catch (IOException | RuntimeException | Error e) {
            fail(failure(e));
        } finally {
            held.forEach(Demand::close);
            node.markEnded(owner);
            solver.remove(node);
        }
    }

    /** A result, and what listeners are told of how it came about. */
    private record Solved(StoredResult result, Consumer<DemandJob> event) {}

    private void fail(SolveException failure) {
        Optional<Duration> ran = node.ranFor(clock.instant());
        if (!node.fail(failure, job -> ran.ifPresent(took -> job.listener().failed(vertex, failure, took)))) {
            giveUp();
        }
    }

    private void giveUp() {
        Optional<Duration> ran = node.ranFor(clock.instant());
        node.abandon(job -> ran.ifPresent(took -> job.listener().cancelled(vertex, took)));
    }

    private Solved solve() throws SolveException, CancelledException, IOException {
        node.become(NodeState.KEYING);
        Optional<Recall.Found> remembered = recall.withoutInputs();
        if (remembered.isPresent()) {
            return cached(remembered.get());
        }
        List<StoredResult> inputs = awaitInputs();
        Digest producer = Keys.producer(
                vertex, inputs.stream().map(StoredResult::identity).toList());
        remembered = recall.byProducer(producer);
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
        return claimAndRun(inputs, producer, content);
    }

    private Solved cached(Recall.Found found) {
        long result = found.result().id();
        return new Solved(found.result(), job -> {
            job.tellCached(vertex, result);
            job.listener().remembered(vertex, found.how(), result);
        });
    }

    private org.buildengine.snapshotter.Tree treeOf(Vertex of, int input, StoredResult result) throws IOException {
        return snapshotter.tree(result.outputs().get(of.inputs().get(input).output()));
    }

    private List<StoredResult> awaitInputs() throws SolveException, CancelledException {
        if (vertex.inputs().isEmpty()) {
            return List.of();
        }
        node.become(NodeState.AWAITING_INPUTS);
        List<Demand> demands = vertex.inputs().stream()
                .map(input -> solver.demand(input.vertex(), node.audience(), node.circle()))
                .toList();
        held.addAll(demands);
        node.workedOnBy(demands.stream().map(Demand::node).toList());
        // whoever joined between the two lines above is passed on now
        demands.forEach(demand -> demand.node().listen(node.audience()));
        await(allOrFirstFailure(demands.stream().map(d -> d.node().result()).toList()));
        var inputs = new ArrayList<StoredResult>();
        for (Demand demand : demands) {
            inputs.add(await(demand.node().result()));
        }
        node.workedOnBy(List.of());
        node.become(NodeState.KEYING);
        return inputs;
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

    private Solved claimAndRun(List<StoredResult> inputs, Digest producer, Optional<Digest> content)
            throws SolveException, CancelledException, IOException {
        while (true) {
            Optional<Node> holder = solver.claim(producer, node);
            if (holder.isPresent()) {
                Optional<StoredResult> joined = join(holder.get());
                if (joined.isPresent()) {
                    return cached(new Recall.Found(joined.get(), Lookup.JOINED));
                }
                continue;
            }
            try {
                // somebody may have published between the look-up and the claim
                Optional<Recall.Found> remembered = recall.byProducer(producer);
                return remembered.isPresent() ? cached(remembered.get()) : run(inputs, producer, content);
            } finally {
                solver.unclaim(producer, node);
            }
        }
    }

    /** Waits for the node that runs the same; empty if it has ended, and has no result that may be used here. */
    private Optional<StoredResult> join(Node holder) throws SolveException, CancelledException, IOException {
        node.become(NodeState.JOINED);
        Optional<Demand> demand = recall.mayJoin() ? holder.demand(node.audience()) : Optional.empty();
        if (demand.isEmpty()) {
            await(holder.ended());
            node.become(NodeState.KEYING);
            return Optional.empty();
        }
        held.add(demand.get());
        node.workedOnBy(List.of(holder));
        holder.listen(node.audience());
        StoredResult result = await(holder.result());
        owner.hold(result.id());
        results.addKey(RECIPE, vertex.recipe(), result.id());
        return Optional.of(result);
    }

    private Solved run(List<StoredResult> inputs, Digest producer, Optional<Digest> content)
            throws SolveException, CancelledException, IOException {
        node.become(NodeState.QUEUED);
        Optional<Gate.Pass> pass = vertex.op() instanceof ExecOp ? Optional.of(enter()) : Optional.empty();
        try {
            Instant started = clock.instant();
            node.start(started, new Miss(inputs, producer, recall.refusal()));
            OpRunner.Output output = carryOut(vertex.op(), inputs, started);
            Duration took = Node.elapsed(started, clock.instant());
            StoredResult result = publish(output, producer, content, took);
            return new Solved(result, job -> {
                job.listener().finished(vertex, took);
                // whoever came when the inputs were there already hears of them now
                vertex.inputs().forEach(input -> job.tellCached(input.vertex(), result.id()));
            });
        } finally {
            pass.ifPresent(Gate.Pass::close);
        }
    }

    private Gate.Pass enter() throws SolveException, CancelledException {
        OwnRuns first = node.audience().getFirst().session();
        CompletableFuture<Gate.Pass> place = executions.enter(first);
        Set<OwnRuns> sessions = Collections.synchronizedSet(new HashSet<>(Set.of(first)));
        node.queue(job -> {
            if (sessions.add(job.session())) {
                executions.share(place, job.session());
            }
        });
        try {
            return await(place);
        } catch (CancelledException e) {
            if (!place.cancel(false) && !place.isCompletedExceptionally()) {
                place.join().close();
            }
            throw e;
        }
    }

    private <O extends Op> OpRunner.Output carryOut(O op, List<StoredResult> inputs, Instant started)
            throws SolveException, CancelledException {
        var trees = new ArrayList<Snapshot>();
        for (int i = 0; i < inputs.size(); i++) {
            trees.add(inputs.get(i).outputs().get(vertex.inputs().get(i).output()));
        }
        try {
            return runners.of(op).run(op, trees, new NodeRun(node, owner, started));
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            if (node.cancellation().isDone()) {
                throw new CancelledException();
            }
            throw failure(e);
        }
    }

    private StoredResult publish(OpRunner.Output output, Digest producer, Optional<Digest> content, Duration took)
            throws IOException {
        var keys = new EnumMap<KeyKind, List<Digest>>(KeyKind.class);
        keys.putAll(Map.of(RECIPE, recall.recipes(producer), PRODUCER, List.of(producer)));
        content.ifPresent(key -> keys.put(CONTENT, List.of(key)));
        var result = new ResultStore.NewResult(
                keys,
                output.identity().isPresent() ? output.identity().get() : identity(output.outputs(), producer),
                output.outputs(),
                output.facts(),
                output.blobs(),
                took,
                new Origin(RecordType.REGULAR, vertex.op().describe()));
        StoredResult published = results.publish(result, owner);
        recall.made(producer, published);
        return published;
    }

    /** What an output is to those who work on it: where one producer key has many results, their contents too. */
    private Digest identity(List<Snapshot> outputs, Digest producer) throws IOException {
        if (vertex.reuse().isAny()) {
            return producer;
        }
        var encoder = new KeyEncoder().text("seen").digest(producer).list(outputs.size());
        for (Snapshot output : outputs) {
            encoder.digest(snapshotter.tree(output).digest("", PathFilter.ALL));
        }
        return encoder.finish();
    }

    private SolveException failure(Throwable cause) {
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new SolveException(SolveException.Kind.FAILED, vertex, text, cause);
    }

    private <T> T await(CompletableFuture<T> future) throws SolveException, CancelledException {
        try {
            if (!future.isDone()) {
                CompletableFuture.anyOf(future, node.cancellation()).join();
            }
            if (node.cancellation().isDone()) {
                throw new CancelledException();
            }
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SolveException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
