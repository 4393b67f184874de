package org.buildengine.solver.simulation;

import java.util.Optional;
import org.buildengine.solver.Headroom;

/** Memory that is short when chaos strikes, for some milliseconds at a time. */
record Shortages(Chaos chaos, Schedule schedule) implements Headroom {
    private static final int PAUSE = 3;

    @Override
    public Optional<String> shortage() {
        Strand.pause();
        return chaos.wantsMemory() ? Optional.of("memory is short") : Optional.empty();
    }

    @Override
    public void whenItMayHaveChanged(Runnable action) {
        schedule.after(PAUSE, () -> schedule.start("memory", action));
    }
}
