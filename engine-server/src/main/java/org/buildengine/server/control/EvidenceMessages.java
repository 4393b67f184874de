package org.buildengine.server.control;

import java.util.List;
import java.util.Optional;
import org.buildengine.session.wire.builds.BuildInfo;
import org.buildengine.session.wire.builds.Divergence;
import org.buildengine.session.wire.builds.FileChange;
import org.buildengine.session.wire.builds.Joined;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.Reason;
import org.buildengine.session.wire.builds.Remembered;
import org.buildengine.session.wire.builds.Step;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.evidence.Decision;
import org.buildengine.solver.evidence.Evidence;

/** Evidence as messages. The names of the constants are the same on both sides. */
final class EvidenceMessages {
    private EvidenceMessages() {}

    static BuildInfo build(Build build) {
        return BuildInfo.newBuilder()
                .setId(build.id())
                .setStarted(build.started().toEpochMilli())
                .setEnded(build.ended().map(java.time.Instant::toEpochMilli).orElse(0L))
                .setDied(build.died())
                .build();
    }

    static Step step(Build build, Evidence step) {
        var message = Step.newBuilder()
                .setNumber(step.number())
                .setRecipe(step.recipe().hex())
                .setKind(step.kind())
                .setName(step.name());
        switch (step.decision()) {
            case Decision.Remembered remembered ->
                message.setRemembered(Remembered.newBuilder()
                        .setHow(Remembered.Lookup.valueOf(remembered.how().name()))
                        .setBuild(remembered.build())
                        .setMade(remembered.made().getEpochSecond()));
            case Decision.Joined joined ->
                message.setJoined(Joined.newBuilder()
                        .setBuild(joined.build())
                        .setOutcome(outcome(build, step))
                        .setTook(step.took().toNanos())
                        .setCause(cause(step.cause()))
                        .setSuccessor(step.successor()));
            case Decision.Ran ran ->
                message.setRan(Ran.newBuilder()
                        .addAllReasons(ran.reasons().stream()
                                .map(EvidenceMessages::reason)
                                .toList())
                        .setBuild(ran.build())
                        .setSeen(ran.seen().getEpochSecond())
                        .setOutcome(outcome(build, step))
                        .setTook(step.took().toNanos())
                        .setCause(cause(step.cause()))
                        .setSuccessor(step.successor()));
        }
        return message.build();
    }

    private static Ran.Outcome outcome(Build build, Evidence step) {
        return step.runs(build)
                ? Ran.Outcome.RUNNING
                : Ran.Outcome.valueOf(step.outcome().name());
    }

    private static Ran.Cause cause(Optional<Cancellation> known) {
        return known.map(cause -> switch (cause) {
                    case UNKNOWN -> Ran.Cause.NONE;
                    case NOT_NEEDED -> Ran.Cause.NOT_NEEDED;
                    case CLIENT_ENDED -> Ran.Cause.CLIENT_ENDED;
                    case CLIENT_LEFT -> Ran.Cause.CLIENT_LEFT;
                    case CLIENT_SILENT -> Ran.Cause.CLIENT_SILENT;
                    case ENGINE_STOPPED -> Ran.Cause.ENGINE_STOPPED;
                    case ENGINE_DIED -> Ran.Cause.ENGINE_DIED;
                })
                .orElse(Ran.Cause.NONE);
    }

    static Divergence divergence(org.buildengine.solver.evidence.Divergence divergence) {
        return Divergence.newBuilder()
                .setBefore(divergence.before())
                .setAfter(divergence.after())
                .setName(divergence.name())
                .addAllReasons(divergence.reasons().stream()
                        .map(EvidenceMessages::reason)
                        .toList())
                .build();
    }

    private static Reason reason(org.buildengine.solver.evidence.Reason reason) {
        var message = Reason.newBuilder();
        switch (reason) {
            case org.buildengine.solver.evidence.Reason.NeverSeen _ ->
                message.setNeverSeen(Reason.NeverSeen.getDefaultInstance());
            case org.buildengine.solver.evidence.Reason.InputChanged change ->
                message.setInputChanged(Reason.InputChanged.newBuilder()
                        .setInput(change.input())
                        .setExtent(extent(change.extent()))
                        .addAllFiles(files(change.files()))
                        .setMore(change.more()));
            case org.buildengine.solver.evidence.Reason.UpstreamChanged change ->
                message.setUpstreamChanged(Reason.UpstreamChanged.newBuilder()
                        .setStep(change.step())
                        .setName(change.name())
                        .setExtent(extent(change.extent()))
                        .addAllFiles(files(change.files()))
                        .setMore(change.more()));
            case org.buildengine.solver.evidence.Reason.OperationChanged change ->
                message.setOperationChanged(Reason.OperationChanged.newBuilder()
                        .setGroup(Reason.Group.valueOf(change.group().name()))
                        .setName(change.name())
                        .setBefore(change.before())
                        .setAfter(change.after()));
            case org.buildengine.solver.evidence.Reason.Evicted evicted ->
                message.setEvicted(Reason.Evicted.newBuilder()
                        .setAt(evicted.at().getEpochSecond())
                        .setPolicy(evicted.policy())
                        .setBytes(evicted.bytes()));
            case org.buildengine.solver.evidence.Reason.Lost _ -> message.setLost(Reason.Lost.getDefaultInstance());
            case org.buildengine.solver.evidence.Reason.Unexplained _ ->
                message.setUnexplained(Reason.Unexplained.getDefaultInstance());
            case org.buildengine.solver.evidence.Reason.Unfinished unfinished ->
                message.setUnfinished(Reason.Unfinished.newBuilder()
                        .setOutcome(Ran.Outcome.valueOf(unfinished.outcome().name()))
                        .setBuild(unfinished.build())
                        .setCause(cause(unfinished.cause())));
            case org.buildengine.solver.evidence.Reason.Expired expired ->
                message.setExpired(Reason.Expired.newBuilder()
                        .setMade(expired.made().getEpochSecond())
                        .setAge(expired.age().toMillis()));
            case org.buildengine.solver.evidence.Reason.Forbidden forbidden ->
                message.setForbidden(Reason.Forbidden.newBuilder()
                        .setPolicy(Reason.Forbidden.Policy.valueOf(
                                forbidden.policy().name())));
            case org.buildengine.solver.evidence.Reason.NonDeterministic change ->
                message.setNonDeterministic(Reason.NonDeterministic.newBuilder()
                        .setStep(change.step())
                        .setName(change.name())
                        .setExtent(extent(change.extent()))
                        .addAllFiles(files(change.files()))
                        .setMore(change.more()));
            case org.buildengine.solver.evidence.Reason.PolicyChanged change ->
                message.setPolicyChanged(Reason.PolicyChanged.newBuilder()
                        .setStep(change.step())
                        .setName(change.name())
                        .setBefore(change.before())
                        .setAfter(change.after())
                        .setExtent(extent(change.extent())));
            case org.buildengine.solver.evidence.Reason.OrderChanged change ->
                message.setOrderChanged(Reason.OrderChanged.newBuilder()
                        .setHow(Reason.OrderChanged.Shift.valueOf(change.how().name()))
                        .setStep(change.step())
                        .setName(change.name())
                        .setBuild(change.build()));
        }
        return message.build();
    }

    private static Reason.Extent extent(org.buildengine.solver.evidence.Reason.Extent extent) {
        return Reason.Extent.valueOf(extent.name());
    }

    private static List<FileChange> files(List<org.buildengine.solver.evidence.FileChange> files) {
        return files.stream()
                .map(file -> FileChange.newBuilder()
                        .setPath(file.path())
                        .setBefore(file.before())
                        .setAfter(file.after())
                        .build())
                .toList();
    }
}
