package org.buildengine.solver.evidence;

import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.events.Event;

/** Where to find the run that a step of a build got its result of. */
public final class RunReference {
    private final String build;
    private final Optional<Build> kept;
    private final Digest recipe;
    private final Optional<RunNumber> run;

    /**
     * A run.
     *
     * @param build that ran it; empty if that is not known
     * @param kept that build, if it is
     * @param recipe of the step
     * @param run in the log of that build; any of the recipe if it is empty, as in rows of earlier versions
     */
    RunReference(String build, Optional<Build> kept, Digest recipe, Optional<RunNumber> run) {
        this.build = build;
        this.kept = kept;
        this.recipe = recipe;
        this.run = run;
    }

    /** The id of the build that ran it; empty if that is not known. */
    public String build() {
        return build;
    }

    /** The build that ran it, if it is kept. */
    public Optional<Build> kept() {
        return kept;
    }

    /** Whether this is how it began. */
    public boolean isOf(Event.Began beginning) {
        return run.map(number -> number.run() == beginning.run())
                .orElseGet(() -> beginning.recipe().equals(recipe));
    }
}
