package org.buildengine.server.control;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.buildengine.session.wire.builds.BuildInfo;
import org.buildengine.session.wire.builds.BuildsGrpc;
import org.buildengine.session.wire.builds.DiffRequest;
import org.buildengine.session.wire.builds.Divergence;
import org.buildengine.session.wire.builds.ExplainRequest;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.ListBuildsRequest;
import org.buildengine.session.wire.builds.ListWaitsRequest;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.ReadLogRequest;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.BuildHistory;
import org.buildengine.solver.evidence.Evidence;
import org.buildengine.solver.evidence.HistoryReader;
import org.buildengine.solver.waiting.Wait;

/**
 * Our own service about builds, which {@code engine explain}, {@code engine diff}, {@code engine logs} and {@code engine waits} use. Safe for use
 * by several threads.
 */
public final class BuildsService extends BuildsGrpc.BuildsImplBase {
    private static final System.Logger LOG = System.getLogger(BuildsService.class.getName());

    /** So many steps make a message of some hundred kilobytes at most. */
    private static final int BATCH = 200;

    private final BuildHistory history;
    private final BuildOutput output;
    private final Supplier<List<Wait>> waits;

    /** A service that reads {@code history} and what builds printed, and says who waits as {@code waits} does. */
    public BuildsService(BuildHistory history, BuildOutput output, Supplier<List<Wait>> waits) {
        this.history = history;
        this.output = output;
        this.waits = waits;
    }

    private interface Work {
        void run(HistoryReader reader) throws IOException;
    }

    private void answer(StreamObserver<?> caller, Work work) {
        answer(caller, () -> work.run(history.read()));
    }

    private interface Sending {
        void run() throws IOException, InterruptedException;
    }

    private static void answer(StreamObserver<?> caller, Sending work) {
        try {
            work.run();
            caller.onCompleted();
        } catch (IllegalArgumentException e) {
            caller.onError(Status.INVALID_ARGUMENT
                    .withDescription(e.getMessage())
                    .withCause(e)
                    .asRuntimeException());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            caller.onError(Status.CANCELLED.withCause(e).asRuntimeException());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the evidence of builds cannot be read", e);
            caller.onError(Status.INTERNAL
                    .withDescription("the evidence of builds cannot be read: " + e.getMessage())
                    .withCause(e)
                    .asRuntimeException());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "an answer about builds failed", e);
            caller.onError(
                    Status.INTERNAL.withDescription(e.toString()).withCause(e).asRuntimeException());
        }
    }

    @Override
    public void listBuilds(ListBuildsRequest request, StreamObserver<BuildInfo> answer) {
        answer(answer, reader -> reader.builds().forEach(build -> answer.onNext(EvidenceMessages.build(build))));
    }

    @Override
    public void explain(ExplainRequest request, StreamObserver<Explanation> answer) {
        answer(answer, reader -> {
            Build build = reader.build(request.getBuild());
            List<Evidence> steps = reader.steps(build);
            for (int from = 0; from == 0 || from < steps.size(); from += BATCH) {
                var part = Explanation.newBuilder()
                        .setBuild(EvidenceMessages.build(build))
                        .setFull(BuildHistory.isFull(steps.size()));
                steps.subList(from, Math.min(steps.size(), from + BATCH))
                        .forEach(step -> part.addSteps(EvidenceMessages.step(build, step)));
                answer.onNext(part.build());
            }
        });
    }

    @Override
    public void readLog(ReadLogRequest request, StreamObserver<LogPart> answer) {
        var paced = new PacedStream<>((ServerCallStreamObserver<LogPart>) answer);
        // not on the thread of the call, which is the one that is told when to go on
        Thread.ofVirtual()
                .name("log of " + request.getBuild())
                .start(() -> answer(answer, () -> output.send(request, paced)));
    }

    @Override
    public void listWaits(ListWaitsRequest request, StreamObserver<org.buildengine.session.wire.builds.Wait> answer) {
        waits.get().forEach(wait -> answer.onNext(WaitMessages.wait(wait)));
        answer.onCompleted();
    }

    @Override
    public void diff(DiffRequest request, StreamObserver<Divergence> answer) {
        answer(
                answer,
                reader -> reader.diff(reader.build(request.getBefore()), reader.build(request.getAfter()))
                        .ifPresent(divergence -> answer.onNext(EvidenceMessages.divergence(divergence))));
    }
}
