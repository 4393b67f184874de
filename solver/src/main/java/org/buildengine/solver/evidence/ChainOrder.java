package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Alignment.Pair;
import org.buildengine.solver.evidence.StepTable.Tie;
import org.buildengine.solver.evidence.Succession.Link;
import org.buildengine.solver.evidence.Succession.Moves;
import org.buildengine.solver.op.Vertex;

/**
 * Sets a chain of steps, each of which works on the one before it first, beside the chain of an earlier build. Steps come one after the
 * other, so that it is seen only later where a step stands that is not the same as before:
 *
 * <ul>
 *   <li>A step that does the same as an earlier one, but stands elsewhere, says what lies between it and a step that both chains have.
 *   <li>Until there is one, what came after the last such step in the earlier build is followed as far as it is needed, and the steps
 *       take the places of those they are most like: one that was inserted has none then, though it is like the next one too.
 * </ul>
 *
 * Only a few steps back are looked at, so that the time for a build is in proportion to its steps. Used by one thread.
 */
final class ChainOrder {
    /** So far back a chain is followed. */
    private static final int FARTHEST = 32;

    /** So far back steps that are only like others get a place anew. */
    private static final int WINDOW = 8;

    /** So many earlier steps may be gone before one that is only like another is compared with the wrong one. */
    private static final int SLACK = 4;

    /** So much of the arguments is the same if a step was only given another version, path or the like. */
    private static final double CLOSE = 0.9;

    private final StepTable steps;

    ChainOrder(StepTable steps) {
        this.steps = steps;
    }

    /**
     * Where a step stands that does the same as an earlier one which worked on something else first, and where the steps between it
     * and the next one before that both builds have; itself last.
     */
    List<Succession> elsewhere(Link link, StepRecord before, BuildState build) throws IOException {
        List<StepRecord> old = chain(before);
        List<Digest> recipes = old.stream().map(StepRecord::recipe).toList();
        var now = new ArrayList<Link>();
        Vertex at = link.vertex();
        while (now.size() < FARTHEST && !at.inputs().isEmpty()) {
            at = at.inputs().getFirst().vertex();
            int met = meeting(at, recipes, build);
            Optional<StepRecord> step = steps.find(at.recipe());
            if (met >= 0) {
                return between(link, before, now.reversed(), old.subList(0, met).reversed(), build);
            }
            if (step.isEmpty()) {
                break;
            }
            now.add(new Link(at, step.get()));
        }
        return List.of(Succession.sure(link, before, Moves.NONE));
    }

    /** The index of the step whose place a step surely took, also for a build that was cut off; -1 if there is none. */
    private int meeting(Vertex vertex, List<Digest> recipes, BuildState build) throws IOException {
        if (build.isGuess(vertex.recipe())) {
            return -1;
        }
        int met = Math.max(recipes.indexOf(vertex.recipe()), recipes.indexOf(build.predecessor(vertex.recipe())));
        if (met >= 0 || !build.isOwnPredecessor(vertex.recipe())) {
            return met;
        }
        return sameElsewhere(vertex).stream()
                .mapToInt(recipes::indexOf)
                .filter(index -> index >= 0)
                .findFirst()
                .orElse(-1);
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

    private List<Succession> between(
            Link link, StepRecord before, List<Link> now, List<StepRecord> old, BuildState build) throws IOException {
        var free = new ArrayList<Link>();
        var swapped = new ArrayList<Link>();
        Optional<Digest> told = build.missing(before.recipe());
        for (Link each : now) {
            if (build.isGuess(each.recipe())) {
                free.add(each);
            } else if (!told.equals(Optional.of(each.recipe())) && isAfter(sameElsewhere(each.vertex()), before)) {
                swapped.add(each);
            } else if (build.isOwnPredecessor(each.recipe())) {
                free.add(each);
            }
        }
        free.add(link);
        List<StepRecord> left = old.isEmpty() ? new ArrayList<>() : leftOf(old, link.vertex(), build);
        left.add(before);
        var successions = new ArrayList<>(Succession.of(aligned(left, free)));
        Moves moves = successions.removeLast().moves();
        successions.add(Succession.sure(link, before, new Moves(moves.added(), moves.gone(), swapped)));
        return successions;
    }

    private static List<Pair<StepRecord, Link>> aligned(List<StepRecord> old, List<Link> now) {
        return Alignment.of(old, now, (before, after) -> Likeness.weight(before, after.step()))
                .pairs();
    }

    /** The earlier steps that do not stand before another one now. */
    private List<StepRecord> leftOf(List<StepRecord> old, Vertex vertex, BuildState build) throws IOException {
        Set<Digest> stay = new HashSet<>();
        Vertex at = vertex;
        for (int i = 0; i < FARTHEST && !at.inputs().isEmpty(); i++) {
            at = at.inputs().getFirst().vertex();
            if (build.isOwnPredecessor(at.recipe())) {
                stay.addAll(sameElsewhere(at));
            }
        }
        return new ArrayList<>(old.stream()
                .filter(step -> !stay.contains(step.recipe()) && !build.isTaken(step.recipe()))
                .toList());
    }

    /** The recipes of other steps that do the same as one. */
    private List<Digest> sameElsewhere(Vertex vertex) throws IOException {
        return steps.tied(Tie.OPERATION, OpFields.lineage(vertex.op())).stream()
                .filter(recipe -> !recipe.equals(vertex.recipe()))
                .toList();
    }

    /** Whether one of some steps comes after {@code before}. */
    private boolean isAfter(List<Digest> recipes, StepRecord before) throws IOException {
        for (Digest recipe : recipes) {
            Optional<StepRecord> step = steps.find(recipe);
            if (step.isPresent()
                    && chain(step.get()).stream().anyMatch(each -> each.recipe().equals(before.recipe()))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Where a step stands that does the same as no earlier one, and where those before it that are only like others.
     *
     * @param liked the step that it is most like of those that worked on the same
     */
    List<Succession> guessed(Link link, Optional<StepRecord> liked, BuildState build) throws IOException {
        if (liked.isPresent() && Likeness.ofArguments(liked.get(), link.step()) >= CLOSE) {
            return List.of(Succession.close(link, liked.get()));
        }
        var now = new ArrayList<Link>();
        now.add(link);
        Optional<Vertex> from = Optional.empty();
        Vertex at = link.vertex();
        while (from.isEmpty() && now.size() < FARTHEST && !at.inputs().isEmpty()) {
            at = at.inputs().getFirst().vertex();
            Optional<StepRecord> step = steps.find(at.recipe());
            boolean isAnchor = !build.isGuess(at.recipe())
                    || build.isClose(at.recipe())
                    || (now.size() >= WINDOW && build.hasPredecessor(at.recipe()));
            if (isAnchor || step.isEmpty()) {
                from = Optional.of(at);
            } else {
                now.add(new Link(at, step.get()));
            }
        }
        if (from.isEmpty()) {
            return List.of(Succession.guessed(link, liked));
        }
        Set<Digest> preferred = new HashSet<>();
        now.forEach(each -> preferred.add(build.predecessor(each.recipe())));
        liked.ifPresent(before -> preferred.add(before.recipe()));
        List<StepRecord> old = onwards(from.get(), now.reversed(), preferred, build);
        return old.isEmpty() ? List.of(Succession.guessed(link, liked)) : Succession.of(aligned(old, now.reversed()));
    }

    /** What came in an earlier build after the step whose place one took, as far as the steps of a chain may have taken its place. */
    private List<StepRecord> onwards(Vertex from, List<Link> now, Set<Digest> preferred, BuildState build)
            throws IOException {
        List<StepRecord> path = onwards(build.predecessor(from.recipe()), now, preferred, build);
        if (path.isEmpty() && build.isOwnPredecessor(from.recipe())) {
            // the build that had it may have been cut off behind it
            Optional<Digest> same = sameElsewhere(from).stream().findFirst();
            return same.isEmpty() ? path : onwards(same.get(), now, preferred, build);
        }
        return path;
    }

    private List<StepRecord> onwards(Digest from, List<Link> now, Set<Digest> preferred, BuildState build)
            throws IOException {
        var path = new ArrayList<StepRecord>();
        Digest at = from;
        while (path.size() < now.size() + SLACK) {
            Optional<StepRecord> next = next(at, now, preferred, build);
            if (next.isEmpty()) {
                return path;
            }
            path.add(next.get());
            at = next.get().recipe();
        }
        return path;
    }

    /**
     * Of the steps that worked on another one first: rather one that is preferred, or that this build did not ask for.
     * One that another step of the build is compared with is none, unless it is preferred.
     */
    private Optional<StepRecord> next(Digest at, List<Link> now, Set<Digest> preferred, BuildState build)
            throws IOException {
        Set<Digest> ties = new LinkedHashSet<>();
        for (Link link : now) {
            List<Digest> inputs = build.predecessors(link.vertex());
            inputs.set(0, at);
            ties.add(StepTable.inputs(link.step().kind(), inputs));
        }
        var candidates = new ArrayList<StepRecord>();
        for (Digest tie : ties) {
            steps.latest(Tie.INPUTS, tie).stream()
                    .filter(step -> !build.ran(step) && !build.isTaken(step.recipe()))
                    .filter(step -> preferred.contains(step.recipe())
                            || build.holder(step.recipe()).isEmpty())
                    .forEach(candidates::add);
        }
        if (candidates.size() < 2) {
            return candidates.stream().findFirst();
        }
        return candidates.stream()
                .max(Comparator.comparing((StepRecord step) -> preferred.contains(step.recipe()))
                        .thenComparing(step -> !build.has(step.recipe()))
                        .thenComparingDouble(step -> likeness(step, now)));
    }

    private static double likeness(StepRecord step, List<Link> now) {
        return now.stream()
                .mapToDouble(link -> Likeness.weight(step, link.step()))
                .max()
                .orElse(Double.NEGATIVE_INFINITY);
    }
}
