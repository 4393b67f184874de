package org.buildengine.solver.evidence;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
    private @Nullable Claim claim;
    private @Nullable Begun begun;

    /** The build that it runs for, and its place in the log of that build. */
    private record Claim(String build, EventLog log, int run) {}

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
        Claim first;
        Begun running;
        synchronized (this) {
            OptionalInt reserved = claim == null ? events.reserve() : OptionalInt.empty();
            if (reserved.isEmpty()) {
                return;
            }
            first = new Claim(claimant, events, reserved.getAsInt());
            claim = first;
            running = begun;
        }
        if (running != null) {
            keep(running, first);
        }
    }

    private void keep(Begun running, Claim by) {
        Vertex vertex = running.vertex();
        by.log()
                .keep(
                        running.run(),
                        by.run(),
                        vertex.recipe(),
                        producer,
                        vertex.op().describe(),
                        running.at());
    }

    /** The build that it runs for: the first that said so; empty if none has. */
    synchronized String build() {
        return claim == null ? "" : claim.build();
    }

    /** Its number in the log of that build, if one has said so. */
    synchronized Optional<RunNumber> number() {
        return Optional.ofNullable(claim).map(by -> new RunNumber(by.log().number(), by.run()));
    }

    /** Begins it in the log of the build that it runs for. To be called once, after those who listen have been told. */
    public RunLog begin(Vertex vertex, Instant at, InstantSource clock) {
        var running = new Begun(new RunLog(clock), vertex, at);
        Claim claimed;
        synchronized (this) {
            begun = running;
            claimed = claim;
        }
        if (claimed != null) {
            keep(running, claimed);
        }
        return running.run();
    }
}
