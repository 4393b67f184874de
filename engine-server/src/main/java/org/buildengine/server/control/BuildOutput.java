package org.buildengine.server.control;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.session.Counted;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.LogSource;
import org.buildengine.session.wire.builds.Output;
import org.buildengine.session.wire.builds.ReadLogRequest;
import org.buildengine.session.wire.builds.RunElsewhere;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.events.Event;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.events.OutputText;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.BuildHistory;
import org.buildengine.solver.evidence.Decision;
import org.buildengine.solver.evidence.Evidence;
import org.buildengine.solver.evidence.HistoryReader;
import org.buildengine.solver.evidence.RunReference;
import org.buildengine.solver.evidence.StepNumbers;
import org.buildengine.solver.op.ExecOp.Facts;

/**
 * What builds printed: as their logs have it, and, where a log is gone, as it is kept with the results of steps. Safe for use by
 * several threads.
 */
public final class BuildOutput {
    private static final int PIECE = 1 << 16;

    /** Of so many commands that were remembered it is said where their output is, if nothing ran. */
    private static final int MOST_NAMED = 20;

    private final BuildHistory history;
    private final EventLogs logs;
    private final BlobStore blobs;

    /**
     * The output of builds.
     *
     * @param history which steps they have
     * @param logs what their runs printed
     * @param blobs where long outputs of results are
     */
    public BuildOutput(BuildHistory history, EventLogs logs, BlobStore blobs) {
        this.history = history;
        this.logs = logs;
        this.blobs = blobs;
    }

    /**
     * Sends what is asked for, as fast as it is taken.
     *
     * @throws IllegalArgumentException if there is no such build or step, or its output is gone; the message is for the person
     */
    void send(ReadLogRequest request, PacedStream<LogPart> caller) throws IOException, InterruptedException {
        HistoryReader reader = history.read();
        Build build = reader.build(request.getBuild());
        List<Evidence> steps = reader.steps(build);
        if (request.getStep() == 0) {
            sendAll(build, steps, request.getFollow(), caller);
            return;
        }
        Evidence step = steps.stream()
                .filter(each -> each.number() == request.getStep())
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("build " + build.id() + " has no step " + request.getStep()
                                + "; it has " + Counted.of(steps.size(), "step") + ", which engine explain lists"));
        sendStep(reader, build, step, request.getFollow(), caller);
    }

    private void sendAll(Build build, List<Evidence> steps, boolean follow, PacedStream<LogPart> caller)
            throws IOException, InterruptedException {
        Optional<EventLog> log = logs.find(build.number());
        if (log.isEmpty() && steps.stream().anyMatch(step -> step.decision() instanceof Decision.Ran)) {
            throw new IllegalArgumentException(gone(build));
        }
        caller.send(source(LogSource.Kind.OWN, build, ""));
        if (log.isPresent()) {
            sendAll(build, log.get(), follow, caller);
        }
        List<Evidence> all = history.read().steps(build);
        for (Evidence step : all) {
            if (step.decision() instanceof Decision.Joined joined) {
                caller.send(elsewhere(step, joined.build()));
            }
        }
        if (all.stream().allMatch(step -> step.decision() instanceof Decision.Remembered)) {
            sendRemembered(build, all, caller);
        }
    }

    /** Says that nothing ran, and where the output of commands is that were remembered. */
    private void sendRemembered(Build build, List<Evidence> steps, PacedStream<LogPart> caller)
            throws IOException, InterruptedException {
        boolean lasts =
                history.read().builds().stream().anyMatch(each -> each.number() == build.number() && each.lasts());
        caller.send(LogMessages.nothingRan(steps.size(), lasts));
        int named = 0;
        for (Evidence step : steps) {
            if (named < MOST_NAMED
                    && step.kind().equals("exec")
                    && step.decision() instanceof Decision.Remembered remembered
                    && !remembered.build().isEmpty()) {
                caller.send(elsewhere(step, remembered.build()));
                named++;
            }
        }
    }

    private static LogPart elsewhere(Evidence step, String runBy) {
        return LogPart.newBuilder()
                .setElsewhere(RunElsewhere.newBuilder()
                        .setStep(step.number())
                        .setName(step.name())
                        .setBuild(runBy))
                .build();
    }

    private void sendAll(Build build, EventLog log, boolean follow, PacedStream<LogPart> caller)
            throws IOException, InterruptedException {
        StepNumbers numbers = history.numbers(build);
        Set<Digest> begun = new HashSet<>();
        var replay = new Replay(
                log,
                Replay.Extent.BUILD,
                _ -> true,
                began -> {
                    begun.add(began.recipe());
                    return List.of(LogMessages.began(began, numbers.of(began.recipe())));
                },
                caller);
        boolean _ = follow ? replay.follow() : replay.send();
        if (replay.isWhole()) {
            List<Integer> missing = history.read().steps(build).stream()
                    .filter(step -> step.decision() instanceof Decision.Ran && !begun.contains(step.recipe()))
                    .map(Evidence::number)
                    .toList();
            if (!missing.isEmpty()) {
                caller.send(LogMessages.cut(missing));
            }
        }
    }

    private String gone(Build build) {
        if (logs.removed(build.number())) {
            return "the log of build " + build.id() + " was removed, since all logs together took more than"
                    + " --logs-max-space of the daemon allows; what its steps left may have their output:"
                    + " engine logs " + build.id() + " STEP";
        }
        return "nothing is kept of what build " + build.id() + " printed" + unwritten(build);
    }

    private void sendStep(HistoryReader reader, Build build, Evidence step, boolean follow, PacedStream<LogPart> caller)
            throws IOException, InterruptedException {
        RunReference run = reader.runOf(build, step);
        Optional<EventLog> log = run.kept().isEmpty()
                ? Optional.empty()
                : logs.find(run.kept().get().number());
        LogSource.Kind kind = run.build().equals(build.id()) ? LogSource.Kind.OWN : LogSource.Kind.OTHER_BUILD;
        LogPart source = source(kind, build, run.build());
        Optional<Replay> replay = log.map(found -> new Replay(
                found,
                Replay.Extent.STEP,
                run::isOf,
                began -> List.of(source, LogMessages.began(began, step.number())),
                caller));
        if (replay.isPresent() && (follow ? replay.get().follow() : replay.get().send())) {
            return;
        }
        Optional<StoredResult> result = reader.resultOf(step, run);
        if (result.isPresent()) {
            caller.send(source(LogSource.Kind.RESULT, build, run.build()));
            sendKept(step, result.get(), caller);
        } else if (log.isEmpty()) {
            throw new IllegalArgumentException("the output of step " + step.number() + " " + step.name()
                    + " is not kept any more: " + why(run) + ", and its result is gone");
        } else {
            replay.orElseThrow().complain();
            if (log.get().done()) {
                caller.send(LogMessages.cut(List.of()));
            }
        }
    }

    private String why(RunReference run) {
        if (run.build().isEmpty()) {
            return "it is not known which build ran it";
        }
        if (run.kept().isEmpty()) {
            return "build " + run.build() + ", which ran it, is not kept";
        }
        return logs.removed(run.kept().get().number())
                ? "the log of build " + run.build() + ", which ran it, was removed, since all logs together took more"
                        + " than --logs-max-space of the daemon allows"
                : "build " + run.build() + ", which ran it, has no log"
                        + unwritten(run.kept().get());
    }

    private String unwritten(Build build) {
        return logs.failure(build.number())
                .map(why -> " (it could not be written: " + why + ")")
                .orElse(build.died() ? " (the engine died before the build ended)" : "");
    }

    private static LogPart source(LogSource.Kind kind, Build build, String runBy) {
        return LogPart.newBuilder()
                .setSource(LogSource.newBuilder()
                        .setKind(kind)
                        .setBuild(EvidenceMessages.build(build))
                        .setRunBy(runBy))
                .build();
    }

    private void sendKept(Evidence step, StoredResult result, PacedStream<LogPart> caller)
            throws IOException, InterruptedException {
        var began = new Event.Began(1, result.created(), step.recipe(), step.recipe(), step.name());
        caller.send(LogMessages.began(began, step.number()));
        sendKept(result, 1, Facts.STDOUT, Facts.STDOUT_BLOB, caller);
        sendKept(result, 2, Facts.STDERR, Facts.STDERR_BLOB, caller);
    }

    private void sendKept(
            StoredResult result, int stream, String textFact, String blobFact, PacedStream<LogPart> caller)
            throws IOException, InterruptedException {
        String text = result.facts().get(textFact);
        String blob = result.facts().get(blobFact);
        if (text != null && !text.isEmpty()) {
            caller.send(output(stream, result.created(), ByteString.copyFromUtf8(text)));
        }
        if (blob == null) {
            return;
        }
        try (InputStream bytes = blobs.open(Digest.parse(blob), 0)) {
            var pieces = new OutputText(PIECE);
            byte[] read = bytes.readNBytes(PIECE);
            while (read.length > 0 && caller.isWanted()) {
                send(pieces.append(read), stream, result.created(), caller);
                read = bytes.readNBytes(PIECE);
            }
            send(pieces.end(), stream, result.created(), caller);
        }
    }

    private static void send(List<byte[]> pieces, int stream, Instant at, PacedStream<LogPart> caller)
            throws InterruptedException {
        for (byte[] piece : pieces) {
            caller.send(output(stream, at, UnsafeByteOperations.unsafeWrap(piece)));
        }
    }

    private static LogPart output(int stream, Instant at, ByteString data) {
        return LogPart.newBuilder()
                .setOutput(Output.newBuilder()
                        .setRun(1)
                        .setTime(LogMessages.time(at))
                        .setStream(stream)
                        .setData(data))
                .build();
    }
}
