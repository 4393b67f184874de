package org.buildengine.client;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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
import org.buildengine.session.wire.builds.Wait;

/**
 * Asks an engine why steps of its builds ran, what they printed and what they wait for, without a session. The protocol is our engine's own ({@code builds.proto}); others
 * are told apart. Used by one thread; calls block.
 */
public final class BuildsClient implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** Longer than any build, or anybody who reads page by page. */
    private static final Duration LOG_LIMIT = Duration.ofDays(30);

    private final ControlChannel channel;

    private BuildsClient(ControlChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects.
     *
     * @param version the version of the API that the caller speaks
     * @throws IOException if no usable engine is there; says what was tried and why
     */
    public static BuildsClient connect(EngineAddress address, String version) throws IOException {
        return new BuildsClient(ControlChannel.connect(address, version));
    }

    /**
     * The builds, the latest first.
     *
     * @throws IOException if there is no answer; the message is for the person, as that of the others below
     */
    public List<BuildInfo> list() throws IOException {
        return collect(stub -> stub.listBuilds(ListBuildsRequest.getDefaultInstance()));
    }

    /**
     * Why the steps of a build ran, or did not.
     *
     * @param build an id, or the beginning of one; empty for the latest
     */
    public Explanation explain(String build) throws IOException {
        var request = ExplainRequest.newBuilder().setBuild(build).build();
        var all = Explanation.newBuilder();
        collect(stub -> stub.explain(request)).forEach(all::mergeFrom);
        return all.build();
    }

    /** The first step in which two builds differ; none if they asked for the same. */
    public List<Divergence> diff(String before, String after) throws IOException {
        var request = DiffRequest.newBuilder().setBefore(before).setAfter(after).build();
        return collect(stub -> stub.diff(request));
    }

    /** Who waits for whom at this moment, the longest first. */
    public List<Wait> waits() throws IOException {
        return collect(stub -> stub.listWaits(ListWaitsRequest.getDefaultInstance()));
    }

    /** Takes what was printed. */
    @FunctionalInterface
    public interface LogSink {
        /** The next part; while this does not return, the engine is not asked for more than a few. */
        void take(LogPart part) throws IOException;
    }

    /**
     * Reads what a build, or one step of it, printed.
     *
     * @throws IOException if there is no answer, and what {@code sink} throws
     */
    public void readLog(ReadLogRequest request, LogSink sink) throws IOException {
        var stub = BuildsGrpc.newBlockingStub(channel.calls())
                .withDeadlineAfter(LOG_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        Iterator<LogPart> parts = stub.readLog(request);
        while (hasNext(parts)) {
            sink.take(parts.next());
        }
    }

    private boolean hasNext(Iterator<LogPart> parts) throws IOException {
        try {
            return parts.hasNext();
        } catch (StatusRuntimeException e) {
            throw channel.failure(e);
        }
    }

    private <T> List<T> collect(Function<BuildsGrpc.BuildsBlockingStub, Iterator<T>> call) throws IOException {
        var stub = BuildsGrpc.newBlockingStub(channel.calls()).withDeadlineAfter(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        var parts = new ArrayList<T>();
        try {
            call.apply(stub).forEachRemaining(parts::add);
        } catch (StatusRuntimeException e) {
            throw channel.failure(e);
        }
        return parts;
    }

    @Override
    public void close() {
        channel.close();
    }
}
