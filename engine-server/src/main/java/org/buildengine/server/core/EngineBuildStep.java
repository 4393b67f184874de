package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.evidence.Decision;
import org.buildengine.solver.evidence.Evidence;
import org.buildengine.solver.op.KeyEncoder;

/** What is kept of one step of a build. */
public record EngineBuildStep(Build build, Evidence evidence) implements CoreObject {
    /** What was decided, in one word. */
    String decision() {
        return switch (evidence.decision()) {
            case Decision.Remembered _ -> "REMEMBERED";
            case Decision.Joined _ -> "JOINED";
            case Decision.Ran _ -> "RAN";
        };
    }

    /** How it ended, in one word. */
    String outcome() {
        if (evidence.decision() instanceof Decision.Remembered) {
            return decision();
        }
        return evidence.runs(build) ? "RUNNING" : evidence.outcome().name();
    }

    /** The build that it has to do with; empty if there is none. */
    String sourceBuild() {
        return switch (evidence.decision()) {
            case Decision.Remembered remembered -> remembered.build();
            case Decision.Joined joined -> joined.build();
            case Decision.Ran ran -> ran.build();
        };
    }

    /** Why a step was cancelled, in one word; empty if that is not known. */
    static String cause(Optional<Cancellation> cause) {
        return cause.filter(known -> known != Cancellation.UNKNOWN)
                .map(Cancellation::name)
                .orElse("");
    }

    @Override
    public String typeName() {
        return "EngineBuildStep";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("EngineBuildStep")
                .number(build.number())
                .number(evidence.number())
                .text(outcome())
                .finish();
    }
}
