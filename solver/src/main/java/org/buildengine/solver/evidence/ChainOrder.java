package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Reason.Shift;
import org.buildengine.solver.op.Vertex;

/**
 * Which steps were inserted, removed or swapped in a chain of steps, each of which works on the one before it first. It is seen at
 * a step that does the same as an earlier one and stands elsewhere: what lies between it and a step that both chains have is
 * compared. What was said of those steps before is revised. Used by one thread.
 */
final class ChainOrder {
    /** So far back a chain is followed. */
    private static final int FARTHEST = 32;

    /** So many steps of each kind are named. */
    private static final int MOST_NAMED = 4;

    private final BuildRows rows;
    private final StepTable steps;
    private String numbered = "";
    private Map<Digest, Integer> numbers = Map.of();

    ChainOrder(BuildRows rows, StepTable steps) {
        this.rows = rows;
        this.steps = steps;
    }

    /**
     * What is other before {@code vertex}, which is about to run as the next step of its build, than before its predecessor.
     *
     * @param isElsewhere whether the predecessor worked on something else first
     */
    Rearrangement of(Vertex vertex, StepRecord before, boolean isElsewhere, BuildState build) throws IOException {
        Rearrangement between = isElsewhere ? between(vertex, before, build) : Rearrangement.NONE;
        Optional<Digest> waiting = build.missing(before.recipe());
        return waiting.isPresent() ? swapped(vertex, before.recipe(), waiting.get(), build, between) : between;
    }

    /** With that a step, before which this one was missed, has come before it. */
    private static Rearrangement swapped(
            Vertex vertex, Digest before, Digest other, BuildState build, Rearrangement between) {
        BuildState.Step step = build.step(other).orElseThrow();
        var reasons = new ArrayList<Reason>();
        reasons.add(new Reason.OrderChanged(Shift.SWAPPED, step.number(), step.name(), ""));
        reasons.addAll(between.reasons());
        Map<Digest, Decision.Ran> revised = new LinkedHashMap<>(between.revised());
        revised.put(other, step.place().with(before, itself(Shift.SWAPPED, vertex, build)));
        return new Rearrangement(reasons, revised, between.removed());
    }

    private static Reason itself(Shift how, Vertex vertex, BuildState build) {
        return new Reason.OrderChanged(
                how, build.size() + 1, StepRecord.abbreviated(vertex.op().describe()), "");
    }

    private Rearrangement between(Vertex vertex, StepRecord before, BuildState build) throws IOException {
        if (vertex.inputs().isEmpty() || before.inputs().isEmpty()) {
            return Rearrangement.NONE;
        }
        List<StepRecord> old = chain(before);
        List<Digest> recipes = old.stream().map(StepRecord::recipe).toList();
        var now = new ArrayList<Digest>();
        Vertex at = vertex.inputs().getFirst().vertex();
        while (now.size() < FARTHEST) {
            int met = Math.max(recipes.indexOf(at.recipe()), recipes.indexOf(build.predecessor(at.recipe())));
            if (met >= 0) {
                return rearranged(
                        vertex, before, now.reversed(), old.subList(0, met).reversed(), build);
            }
            if (at.inputs().isEmpty()) {
                return Rearrangement.NONE;
            }
            now.add(at.recipe());
            at = at.inputs().getFirst().vertex();
        }
        return Rearrangement.NONE;
    }

    /** What a step worked on first, and what that worked on, and so on: the nearest first. */
    private List<StepRecord> chain(StepRecord step) throws IOException {
        var chain = new ArrayList<StepRecord>();
        StepRecord at = step;
        while (chain.size() < FARTHEST && !at.inputs().isEmpty()) {
            Optional<StepRecord> next = steps.find(at.inputs().getFirst().recipe());
            if (next.isEmpty()) {
                return chain;
            }
            at = next.get();
            chain.add(at);
        }
        return chain;
    }

    private Rearrangement rearranged(
            Vertex vertex, StepRecord before, List<Digest> added, List<StepRecord> gone, BuildState build)
            throws IOException {
        var reasons = new ArrayList<Reason>();
        Map<Digest, Decision.Ran> revised = new LinkedHashMap<>();
        for (Digest recipe : added) {
            Optional<BuildState.Step> step =
                    build.step(recipe).filter(known -> known.place().isFree());
            if (step.isPresent()) {
                reasons.add(new Reason.OrderChanged(
                        Shift.AFTER_NEW, step.get().number(), step.get().name(), ""));
                var inserted = itself(Shift.INSERTED, vertex, build);
                revised.put(recipe, new Decision.Ran(List.of(inserted), "", Instant.EPOCH));
            }
        }
        Map<Digest, Reason> removed = removed(before.build(), gone);
        List<Reason> all = new ArrayList<>(reasons.subList(0, Math.min(reasons.size(), MOST_NAMED)));
        all.addAll(removed.values());
        return new Rearrangement(all, revised, removed);
    }

    private Map<Digest, Reason> removed(String build, List<StepRecord> gone) throws IOException {
        Map<Digest, Reason> removed = new LinkedHashMap<>();
        for (StepRecord step : gone.subList(0, Math.min(gone.size(), MOST_NAMED))) {
            int number = number(build, step.recipe());
            removed.put(step.recipe(), new Reason.OrderChanged(Shift.REMOVED, number, step.name(), build));
        }
        return removed;
    }

    /** The number of a step in an earlier build; 0 if that build is not kept. */
    private int number(String build, Digest recipe) throws IOException {
        if (!numbered.equals(build)) {
            numbered = build;
            numbers = numbers(build);
        }
        return numbers.getOrDefault(recipe, 0);
    }

    private Map<Digest, Integer> numbers(String id) throws IOException {
        var keys = new ArrayList<byte[]>();
        rows.scan(Kind.BUILD, new byte[0], (key, row) -> {
            if (Build.decode(key, row, 0).id().equals(id)) {
                keys.add(key);
            }
        });
        Map<Digest, Integer> found = new HashMap<>();
        for (byte[] key : keys) {
            rows.scan(
                    Kind.DECISION,
                    key,
                    (_, row) ->
                            DecisionRow.decode(row).decided().forEach(step -> found.put(step.recipe(), step.number())));
        }
        return found;
    }
}
