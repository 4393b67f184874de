package org.buildengine.server.control;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.BuildHistory;

/** The numbers of the steps of one build, which may still become more. Used by one thread. */
final class StepNumbers {
    private final BuildHistory history;
    private final Build build;
    private final Map<Digest, Integer> numbers = new HashMap<>();

    StepNumbers(BuildHistory history, Build build) {
        this.history = history;
        this.build = build;
    }

    /** The number of the step with this recipe; 0 if nothing is kept of it. */
    int of(Digest recipe) throws IOException {
        if (!numbers.containsKey(recipe)) {
            numbers.putAll(history.read().numbers(build));
        }
        return numbers.computeIfAbsent(recipe, _ -> 0);
    }
}
