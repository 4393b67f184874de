package org.buildengine.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One request and its reply. The event loop feeds it with the pieces of the request and cancels it when the peer goes
 * away; a virtual thread of its own runs the handler and sends the reply.
 */
final class Exchange {
    /** What becomes of the connection, or the stream, after the exchange. */
    enum Ending {
        /** The reply is out, and so is all of the request. */
        COMPLETE,
        /** The reply is out, but the peer still sends; nothing else can be exchanged. */
        REPLIED,
        /** The reply could not be sent to its end. */
        BROKEN,
        /** Somebody else has the connection now. */
        HANDED_OVER
    }

    private static final System.Logger LOG = System.getLogger(Exchange.class.getName());
    private static final Duration DISCARD_PATIENCE = Duration.ofSeconds(2);
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final HttpHandler handler;
    private final HttpRequest request;
    private final BodyQueue body;
    private final ReplyWriter replies;
    private final boolean persistent;
    private final Consumer<HttpReply.Handover> takeovers;
    private final Channel channel;
    private final Consumer<Ending> ended;
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread thread;
    private boolean finished;
    private volatile boolean cancelled;

    /** An exchange about {@code head}; the consumers are called on the channel's event loop. */
    Exchange(
            Channel channel,
            Protocol protocol,
            io.netty.handler.codec.http.HttpRequest head,
            HttpHandler handler,
            HttpLimits limits,
            Consumer<Boolean> pause,
            Consumer<HttpReply.Handover> takeovers,
            Consumer<Ending> ended) {
        this.channel = channel;
        this.handler = handler;
        this.takeovers = takeovers;
        this.ended = ended;
        this.persistent = HttpUtil.isKeepAlive(head);
        this.body = new BodyQueue(limits.window(), limits.stall(), () -> pauseOnLoop(pause));
        this.replies = new ReplyWriter(channel, protocol, head, limits);
        this.request = new HttpRequest(
                head.method().name(),
                head.uri(),
                protocol,
                HttpFields.of(head.headers().entries()),
                new RequestBody(body, limits.bodyBytes()));
        this.thread =
                Thread.ofVirtual().name("http-" + NUMBERS.incrementAndGet()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** A piece of the request's body, taken over. On the event loop. */
    void offer(ByteBuf piece, boolean last) {
        body.offer(piece, last);
    }

    /** The rest of the request's body cannot be read. On the event loop. */
    void refuseBody(Malformed malformed) {
        body.fail(malformed);
    }

    /** The peer is gone, or has given the request up. On the event loop. */
    void cancel() {
        cancelled = true;
        body.abort();
        lock.lock();
        try {
            if (!finished) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    private void finish() {
        lock.lock();
        try {
            finished = true;
        } finally {
            lock.unlock();
        }
        if (Thread.interrupted()) {
            LOG.log(System.Logger.Level.TRACE, "the peer went away after its reply");
        }
    }

    private void run() {
        Ending ending = Ending.BROKEN;
        Runnable afterwards = () -> {};
        try {
            HttpReply reply = answer();
            afterwards = reply.afterwards();
            ending = send(reply);
        } catch (InterruptedException | IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} {1} given up: {2}", request.method(), request.path(), e);
        } finally {
            finish();
            body.abort();
            runSafely(afterwards);
            conclude(ending);
        }
    }

    private static void runSafely(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "what was to be done after a reply failed", e);
        }
    }

    private void conclude(Ending ending) {
        if (ending != Ending.HANDED_OVER) {
            onLoop(() -> ended.accept(ending));
        }
    }

    /** What the body wants is read where it is done: a reader that empties it may be quicker than whoever has filled it. */
    private void pauseOnLoop(Consumer<Boolean> pause) {
        if (channel.eventLoop().inEventLoop()) {
            pause.accept(body.wantsPause());
        } else {
            onLoop(() -> pause.accept(body.wantsPause()));
        }
    }

    /** Runs {@code task} on the channel's event loop; says whether that loop still runs, else the door is closed. */
    private boolean onLoop(Runnable task) {
        try {
            channel.eventLoop().execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} {1} outlives its door", request.method(), request.path());
            return false;
        }
    }

    private HttpReply answer() throws IOException, InterruptedException {
        try {
            return handler.handle(request);
        } catch (InterruptedException e) {
            throw e;
        } catch (RequestBodyException e) {
            return HttpReply.text(e.status(), e.getMessage() + "\n");
        } catch (Exception | StackOverflowError e) {
            if (cancelled && e instanceof IOException gone) {
                throw gone;
            }
            LOG.log(System.Logger.Level.ERROR, request.method() + " " + request.path() + " failed", e);
            return HttpReply.text(500, "internal error: " + e + "\n");
        }
    }

    private Ending send(HttpReply reply) throws IOException, InterruptedException {
        if (reply instanceof HttpReply.Handover handover) {
            if (request.protocol() == Protocol.HTTP_1) {
                return handOverNow(handover);
            }
            handover.takeover().lost();
            return send(HttpReply.text(500, "a connection can be taken over with HTTP/1.1 only\n"));
        }
        boolean wholeRequest = body.isComplete()
                || body.discard(request.protocol() == Protocol.HTTP_1 ? DISCARD_PATIENCE : Duration.ZERO);
        boolean keep = persistent && wholeRequest;
        switch (reply) {
            case HttpReply.Fixed complete -> replies.send(complete, keep, body.completedAt());
            case HttpReply.Streaming streamed -> keep &= replies.stream(streamed, keep);
            case HttpReply.Handover handover -> throw new AssertionError(handover);
        }
        return keep || (wholeRequest && request.protocol() == Protocol.HTTP_2) ? Ending.COMPLETE : Ending.REPLIED;
    }

    private Ending handOverNow(HttpReply.Handover handover) {
        if (!onLoop(() -> takeovers.accept(handover))) {
            handover.takeover().lost();
        }
        return Ending.HANDED_OVER;
    }

    /** Whether the peer expects to be told to go on before it sends the body. */
    static boolean expectsContinue(io.netty.handler.codec.http.HttpRequest head) {
        return HttpUtil.is100ContinueExpected(head) && head.headers().contains(HttpHeaderNames.EXPECT);
    }
}
