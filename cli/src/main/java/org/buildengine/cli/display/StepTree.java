package org.buildengine.cli.display;

import java.util.ArrayList;
import java.util.List;
import org.buildengine.client.progress.Step;
import org.buildengine.client.progress.Step.State;

/**
 * The steps in the order in which they are shown: each below the one that it is a part of.
 *
 * @param entries the steps
 */
record StepTree(List<Entry> entries) {
    /**
     * A step in its place.
     *
     * @param step the step
     * @param depth how many steps are above it
     * @param open whether it or a part of it runs or failed
     */
    record Entry(Step step, int depth, boolean open) {
        /** Whether its output is shown while others run. */
        boolean talks() {
            return step.state() == State.RUNNING || step.state() == State.FAILED;
        }
    }

    /** Every step. */
    static StepTree whole(List<Step> steps) {
        return new StepTree(below(roots(steps), 0, false));
    }

    /** The steps without the parts of steps that ended well. */
    static StepTree folded(List<Step> steps) {
        return new StepTree(below(roots(steps), 0, true));
    }

    private static List<Step> roots(List<Step> steps) {
        return steps.stream().filter(step -> step.parent().isEmpty()).toList();
    }

    private static List<Entry> below(List<Step> steps, int depth, boolean fold) {
        List<Entry> entries = new ArrayList<>();
        for (Step step : steps) {
            List<Entry> parts = below(step.children(), depth + 1, fold);
            boolean open = step.state() == State.RUNNING
                    || step.state() == State.FAILED
                    || parts.stream().anyMatch(Entry::open);
            entries.add(new Entry(step, depth, open));
            if (open || !fold) {
                entries.addAll(parts);
            }
        }
        return entries;
    }
}
