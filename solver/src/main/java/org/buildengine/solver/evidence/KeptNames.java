package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.buildengine.solver.op.Reuse;

/** What inputs are of which no more is known than what is kept of all builds. Safe for use by several threads. */
record KeptNames(StepTable steps) implements Comparison.Names {
    @Override
    public String name(StepRecord.Input input) throws IOException {
        return steps.find(input.recipe()).map(StepRecord::name).orElse("an input");
    }

    @Override
    public List<Reason> causes(StepRecord.Input input, Reason.InputChanged change) {
        return List.of(change);
    }

    @Override
    public int number(StepRecord.Input input) {
        return 0;
    }

    @Override
    public Optional<Reuse> policy(StepRecord.Input input) {
        return Optional.empty();
    }
}
