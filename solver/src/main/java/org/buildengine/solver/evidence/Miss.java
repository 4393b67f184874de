package org.buildengine.solver.evidence;

import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.StoredResult;

/** A step that nothing was remembered for: one run, whoever joins it. Safe for use by several threads. */
public final class Miss {
    private final List<StoredResult> inputs;
    private final Digest producer;
    private String build = "";

    /**
     * A run that begins.
     *
     * @param inputs the results that it works on, by input index
     * @param producer the key under which nothing was found
     */
    public Miss(List<StoredResult> inputs, Digest producer) {
        this.inputs = List.copyOf(inputs);
        this.producer = producer;
    }

    List<StoredResult> inputs() {
        return inputs;
    }

    Digest producer() {
        return producer;
    }

    /** The build that it runs for: the first that says so. */
    synchronized String claim(String claimant) {
        if (build.isEmpty()) {
            build = claimant;
        }
        return build;
    }
}
