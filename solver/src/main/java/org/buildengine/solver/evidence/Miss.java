package org.buildengine.solver.evidence;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** A step that nothing was remembered for: one run, whoever joins it. Safe for use by several threads. */
public final class Miss {
    private final List<StoredResult> inputs;
    private final Digest producer;
    private final Optional<Reason> refusal;
    private String build = "";
    private @Nullable EventLog log;
    private @Nullable Begun begun;

    private record Begun(RunLog run, Vertex vertex, Instant at) {}

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

    /**
     * Says that it runs for a build, unless another one has said so, or this one is over. If it runs already, the log of the build has
     * what it prints from now on.
     */
    public void claim(String claimant, EventLog events) {
        Begun running;
        synchronized (this) {
            if (!build.isEmpty() || !events.reserve()) {
                return;
            }
            build = claimant;
            log = events;
            running = begun;
        }
        if (running != null) {
            keep(running, events);
        }
    }

    private void keep(Begun running, EventLog events) {
        Vertex vertex = running.vertex();
        events.keep(running.run(), vertex.recipe(), producer, vertex.op().describe(), running.at());
    }

    /** The build that it runs for: the first that said so; empty if none has. */
    synchronized String build() {
        return build;
    }

    /** Begins it in the log of the build that it runs for. To be called once, after those who listen have been told. */
    public RunLog begin(Vertex vertex, Instant at, InstantSource clock) {
        var running = new Begun(new RunLog(clock), vertex, at);
        EventLog reserved;
        synchronized (this) {
            begun = running;
            reserved = log;
        }
        if (reserved != null) {
            keep(running, reserved);
        }
        return running.run();
    }
}
