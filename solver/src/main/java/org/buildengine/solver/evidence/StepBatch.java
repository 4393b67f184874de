package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.StepTable.Tie;
import org.buildengine.solver.op.Op;
import org.jspecify.annotations.Nullable;

/** Rows of steps that become known together. Used once, by the one thread that writes such rows. */
final class StepBatch {
    private final StepTable steps;
    private final List<Change> changes = new ArrayList<>();

    /** The latest steps of the ties that have new ones. */
    private final Map<Row, List<Digest>> ties = new LinkedHashMap<>();

    private record Row(Tie tie, Digest key) {}

    StepBatch(StepTable steps) {
        this.steps = steps;
    }

    /** Adds a step, and what it can be found by that it has in common with others. */
    void add(StepRecord step, Op op) throws IOException {
        changes.add(StepTable.put(step));
        tie(Tie.OPERATION, OpFields.lineage(op), step);
        if (!step.inputs().isEmpty()) {
            List<Digest> recipes =
                    step.inputs().stream().map(StepRecord.Input::recipe).toList();
            tie(Tie.INPUTS, StepTable.inputs(step.kind(), recipes), step);
        }
    }

    private void tie(Tie tie, Digest key, StepRecord step) throws IOException {
        var row = new Row(tie, key);
        @Nullable List<Digest> known = ties.get(row);
        var latest = new ArrayList<>(known == null ? steps.tied(tie, key) : known);
        latest.remove(step.recipe());
        latest.addFirst(step.recipe());
        ties.put(row, latest.subList(0, Math.min(latest.size(), StepTable.MOST_TIED)));
    }

    /** Makes the producer key of a run lead to its step. */
    void ranUnder(Digest producer, StepRecord step) {
        changes.add(Change.put(
                Kind.LINEAGE,
                StepTable.key(Tie.PRODUCER, producer),
                step.recipe().toBytes()));
    }

    /** All that is to be written. */
    List<Change> changes() {
        var all = new ArrayList<>(changes);
        ties.forEach((row, latest) ->
                all.add(Change.put(Kind.LINEAGE, StepTable.key(row.tie(), row.key()), StepTable.encode(latest))));
        return all;
    }
}
