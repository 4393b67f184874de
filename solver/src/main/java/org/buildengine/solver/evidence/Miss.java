package org.buildengine.solver.evidence;

import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.StoredResult;

/** A step that nothing was remembered for: one run, whoever joins it. Safe for use by several threads. */
public final class Miss {
    private final List<StoredResult> inputs;
    private final Digest producer;
    private final Optional<Reason> refusal;
    private String build = "";

    /**
     * A run that begins.
     *
     * @param inputs the results that it works on, by input index
     * @param producer the key under which nothing was found that may be used
     * @param refusal why something that was found may not be used
     */
    public Miss(List<StoredResult> inputs, Digest producer, Optional<Reason> refusal) {
        this.inputs = List.copyOf(inputs);
        this.producer = producer;
        this.refusal = refusal;
    }

    /** The results that it works on, by input index. */
    public List<StoredResult> inputs() {
        return inputs;
    }

    Digest producer() {
        return producer;
    }

    Optional<Reason> refusal() {
        return refusal;
    }

    /** The build that it runs for: the first that says so. */
    synchronized String claim(String claimant) {
        if (build.isEmpty()) {
            build = claimant;
        }
        return build;
    }
}
