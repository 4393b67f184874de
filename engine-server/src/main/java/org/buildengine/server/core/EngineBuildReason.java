package org.buildengine.server.core;

import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.FileChange;
import org.buildengine.solver.evidence.Reason;
import org.buildengine.solver.op.KeyEncoder;

/**
 * Why a step ran: one {@link Reason} in fields that all kinds share, empty where a kind has no such thing.
 *
 * @param step that ran
 * @param upstream number of the step before that changed an input; 0 if there is none
 * @param extent what is known of a changed input
 * @param more how many more files changed, at least
 * @param build that the reason speaks of, beside that of the step
 */
public record EngineBuildReason(
        EngineBuildStep step,
        String kind,
        String name,
        String before,
        String after,
        int upstream,
        String extent,
        List<FileChange> files,
        int more,
        String build)
        implements CoreObject {
    public EngineBuildReason {
        files = List.copyOf(files);
    }

    static EngineBuildReason of(EngineBuildStep step, Reason reason) {
        return switch (reason) {
            case Reason.NeverSeen _ -> plain(step, "NEVER_SEEN", "", "", "");
            case Reason.InputChanged change ->
                changed(step, "INPUT_CHANGED", change.input(), 0, change.extent(), change.files(), change.more());
            case Reason.UpstreamChanged change ->
                changed(
                        step,
                        "UPSTREAM_CHANGED",
                        change.name(),
                        change.step(),
                        change.extent(),
                        change.files(),
                        change.more());
            case Reason.NonDeterministic change ->
                changed(
                        step,
                        "NON_DETERMINISTIC",
                        change.name(),
                        change.step(),
                        change.extent(),
                        change.files(),
                        change.more());
            case Reason.PolicyChanged change ->
                new EngineBuildReason(
                        step,
                        "POLICY_CHANGED",
                        change.name(),
                        change.before(),
                        change.after(),
                        change.step(),
                        change.extent().name(),
                        List.of(),
                        0,
                        "");
            case Reason.OrderChanged change ->
                new EngineBuildReason(
                        step,
                        "STEP_" + change.how().name(),
                        change.name(),
                        change.build(),
                        "",
                        change.step(),
                        "",
                        List.of(),
                        0,
                        change.build());
            case Reason.OperationChanged change ->
                plain(step, change.group().name() + "_CHANGED", change.name(), change.before(), change.after());
            case Reason.Evicted evicted ->
                plain(
                        step,
                        "EVICTED",
                        evicted.policy(),
                        evicted.bytes() + " bytes",
                        evicted.at().toString());
            case Reason.Expired expired ->
                plain(
                        step,
                        "EXPIRED",
                        "",
                        expired.made().toString(),
                        expired.made().plus(expired.age()).toString());
            case Reason.Forbidden forbidden ->
                plain(step, "FORBIDDEN", forbidden.policy().name(), "", "");
            case Reason.Unexplained _ -> plain(step, "UNEXPLAINED", "", "", "");
            case Reason.Lost _ -> plain(step, "LOST", "", "", "");
            case Reason.Unfinished unfinished ->
                new EngineBuildReason(
                        step,
                        "UNFINISHED",
                        EngineBuildStep.cause(unfinished.cause()),
                        unfinished.outcome().name(),
                        "",
                        0,
                        "",
                        List.of(),
                        0,
                        unfinished.build());
        };
    }

    private static EngineBuildReason changed(
            EngineBuildStep step,
            String kind,
            String name,
            int upstream,
            Reason.Extent extent,
            List<FileChange> files,
            int more) {
        return new EngineBuildReason(step, kind, name, "", "", upstream, extent.name(), files, more, "");
    }

    private static EngineBuildReason plain(
            EngineBuildStep step, String kind, String name, String before, String after) {
        return new EngineBuildReason(step, kind, name, before, after, 0, "", List.of(), 0, "");
    }

    @Override
    public String typeName() {
        return "EngineBuildReason";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("EngineBuildReason")
                .digest(step.digest())
                .text(kind)
                .text(name)
                .number(upstream)
                .finish();
    }
}
