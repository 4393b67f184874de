package org.buildengine.solver.evidence;

import java.util.Arrays;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.events.Event;

/** Where to find the run that a step of a build got its result of. */
public final class RunReference {
    private final String build;
    private final Optional<Build> kept;
    private final Digest recipe;
    private final Optional<byte[]> key;

    /**
     * A run.
     *
     * @param build that ran it; empty if that is not known
     * @param kept that build, if it is
     * @param recipe under which it ran, unless it ran as another step with the same key
     * @param key the first bytes of the producer key that it ran under, if that is known
     */
    RunReference(String build, Optional<Build> kept, Digest recipe, Optional<byte[]> key) {
        this.build = build;
        this.kept = kept;
        this.recipe = recipe;
        this.key = key;
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
        return beginning.recipe().equals(recipe)
                || key.filter(first -> Arrays.equals(
                                first, Arrays.copyOf(beginning.producer().toBytes(), first.length)))
                        .isPresent();
    }
}
