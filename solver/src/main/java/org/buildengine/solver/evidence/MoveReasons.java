package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Reason.OrderChanged;
import org.buildengine.solver.evidence.Reason.Shift;
import org.buildengine.solver.evidence.Succession.Link;

/** Puts into words that steps were inserted, removed or swapped before a step. Used by one thread. */
final class MoveReasons {
    /** So many steps of each kind are named. */
    private static final int MOST_NAMED = 4;

    private final EarlierNumbers numbers;

    /**
     * What is told of a step for that other steps stand before it.
     *
     * @param reasons for which it runs
     * @param removed those of the reasons that name steps which are no longer before it, by the recipes of those
     * @param swapped what is to be said of the step that has come before it, by recipe
     */
    record Told(List<Reason> reasons, Map<Digest, Reason> removed, Map<Digest, Decision.Ran> swapped) {
        /** All reasons of a step. That an input was only made otherwise says no more. */
        List<Reason> with(List<Reason> others) {
            if (reasons.isEmpty()) {
                return others;
            }
            var all = new ArrayList<>(reasons);
            others.stream().filter(reason -> !isMadeOtherwise(reason)).forEach(all::add);
            return all;
        }
    }

    MoveReasons(BuildRows rows) {
        this.numbers = new EarlierNumbers(rows);
    }

    private static boolean isMadeOtherwise(Reason reason) {
        return switch (reason) {
            case Reason.InputChanged change -> change.extent() == Reason.Extent.SAME_FILES;
            case Reason.UpstreamChanged change -> change.extent() == Reason.Extent.SAME_FILES;
            default -> false;
        };
    }

    /** A reason that names another step of the build, which may be the one that comes next. */
    OrderChanged order(Shift how, Link other, BuildState build) {
        int number = build.step(other.recipe()).map(BuildState.Step::number).orElse(build.size() + 1);
        return new OrderChanged(how, number, other.step().name(), "");
    }

    /**
     * What is told of a step.
     *
     * @param before the step whose place it took
     */
    Told reasons(Succession succession, StepRecord before, BuildState build) throws IOException {
        var reasons = new ArrayList<Reason>();
        Map<Digest, Decision.Ran> swapped = new LinkedHashMap<>();
        Optional<Digest> waiting = build.missing(before.recipe()).filter(_ -> succession.fit() == Succession.Fit.SURE);
        if (waiting.isPresent()) {
            BuildState.Step other = build.step(waiting.get()).orElseThrow();
            reasons.add(new OrderChanged(Shift.SWAPPED, other.number(), other.name(), ""));
            OrderChanged itself = order(Shift.SWAPPED, succession.link(), build);
            swapped.put(waiting.get(), other.place().with(before.recipe(), itself));
        }
        succession.moves().swapped().stream()
                .limit(MOST_NAMED)
                .forEach(link -> reasons.add(order(Shift.SWAPPED, link, build)));
        succession.moves().added().stream()
                .limit(MOST_NAMED)
                .forEach(link -> reasons.add(order(Shift.AFTER_NEW, link, build)));
        Map<Digest, Reason> removed = new LinkedHashMap<>();
        List<StepRecord> gone = succession.moves().gone();
        for (StepRecord step : gone.subList(0, Math.min(gone.size(), MOST_NAMED))) {
            int number = numbers.number(before.build(), step.recipe());
            removed.put(step.recipe(), new OrderChanged(Shift.REMOVED, number, step.name(), before.build()));
        }
        reasons.addAll(removed.values());
        return new Told(reasons, removed, swapped);
    }
}
