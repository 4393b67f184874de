package org.buildengine.solver.evidence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.evidence.DecisionRow.Decided;
import org.buildengine.solver.evidence.DecisionRow.Ended;

/**
 * Writes the ends of steps that the engine before this one had no time to write: ends are written a little later than results are
 * published, so that an engine that dies can leave a result whose step seems to have run still. Used by one thread.
 */
final class Recovery {
    private final BuildRows rows;
    private final ResultStore results;
    private final StepTable steps;

    Recovery(Snapshotter snapshotter, StepTable steps) {
        this.rows = snapshotter.buildRows();
        this.results = snapshotter.results();
        this.steps = steps;
    }

    /** Looks at the builds that were cut off. */
    void apply(List<Build> builds) throws IOException {
        for (Build build : builds) {
            if (build.died()) {
                apply(build);
            }
        }
    }

    private void apply(Build build) throws IOException {
        Map<Integer, Decided> decided = new LinkedHashMap<>();
        Set<Integer> over = new HashSet<>();
        var ended = new ArrayList<Ended>();
        var keys = new ArrayDeque<byte[]>();
        rows.scan(Kind.DECISION, build.key(), (key, row) -> {
            DecisionRow decoded = DecisionRow.decode(row);
            decoded.decided().forEach(step -> decided.put(step.number(), step));
            for (Ended end : decoded.ended()) {
                if (end.outcome() == Outcome.UNKNOWN) {
                    over.remove(end.number());
                } else {
                    over.add(end.number());
                }
            }
            keys.add(key);
        });
        var changes = new ArrayList<Change>();
        for (Decided step : decided.values()) {
            if (over.contains(step.number()) || step.decision() instanceof Decision.Remembered) {
                continue;
            }
            Optional<StoredResult> result = made(build, step, changes);
            if (result.isEmpty() && step.decision() instanceof Decision.Joined) {
                result = shared(step);
            }
            result.ifPresent(
                    left -> ended.add(new Ended(step.number(), Outcome.SUCCEEDED, left.cost(), Optional.empty())));
        }
        if (!ended.isEmpty()) {
            changes.add(Change.put(Kind.DECISION, after(keys.getLast()), new DecisionRow(List.of(), ended).encode()));
            rows.write(changes);
        }
    }

    /** What the step made for this build, if that is still here. */
    private Optional<StoredResult> made(Build build, Decided decided, List<Change> changes) throws IOException {
        Digest recipe = decided.recipe();
        Optional<StepRecord> known = steps.find(recipe);
        if (known.isEmpty()
                || known.get().outcome() != Outcome.UNKNOWN
                || !known.get().build().equals(build.id())) {
            return Optional.empty();
        }
        StepRecord step = known.get();
        Optional<StoredResult> found = left(step);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        StoredResult result = found.get();
        changes.add(StepTable.put(step.succeeded(result.id(), build.id(), result.created())));
        changes.add(StepTable.madeBy(result.id(), new Maker(build.id(), decided.run())));
        // the identity of most results is the key that they are made under
        if (steps.tied(StepTable.Tie.PRODUCER, result.identity()).contains(recipe)) {
            changes.add(StepTable.madeUnder(result.id(), result.identity()));
        }
        return found;
    }

    /** What the run left that the build joined, if that is still here. */
    private Optional<StoredResult> shared(Decided joined) throws IOException {
        Optional<StepRecord> known = steps.find(joined.recipe());
        if (known.isEmpty()) {
            return Optional.empty();
        }
        StepRecord step = known.get();
        if (step.outcome() == Outcome.UNKNOWN) {
            return left(step);
        }
        Optional<RunNumber> run = steps.maker(step.result()).flatMap(Maker::run);
        return run.isPresent() && run.equals(joined.run()) ? results.find(step.result()) : Optional.empty();
    }

    /** What a run left that seems to last still. */
    private Optional<StoredResult> left(StepRecord step) throws IOException {
        Optional<StoredResult> found = results.find(KeyKind.RECIPE, step.recipe());
        // another build's, which it was not to use
        if (found.isEmpty()
                || found.get().created().isBefore(step.seen())
                || steps.maker(found.get().id()).isPresent()) {
            return Optional.empty();
        }
        return found;
    }

    private static byte[] after(byte[] key) {
        ByteBuffer last = ByteBuffer.wrap(key);
        return DecisionRow.key(last.getLong(), last.getInt() + 1);
    }
}
