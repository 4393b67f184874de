package org.buildengine.session.transport;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.local.LocalAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * The client's end of an attachment: asks the engine to turn a connection around and then serves gRPC on it. A health service
 * is always served too. May be used by any thread.
 *
 * @see EngineAttachment
 */
public final class ClientAttachment implements AutoCloseable {
    /** What the attachment is asked for at. */
    public static final String PATH = "/sessionAttachables";

    private static final int MAX_MESSAGE = 16 * 1024 * 1024;
    private static final int WINDOW = 1024 * 1024;

    private final Channel connection;
    private final Server server;
    private final CallThreads calls;
    private final CompletableFuture<String> closed = new CompletableFuture<>();

    private ClientAttachment(Channel connection, Server server, CallThreads calls) {
        this.connection = connection;
        this.server = server;
        this.calls = calls;
    }

    /**
     * Attaches. Blocks until the engine has answered; not to be called on an event loop.
     *
     * @param connection connected, with an empty pipeline, auto-read off or on; closed when the attachment ends or fails
     * @param metadata who is attaching
     * @param services what is offered
     * @param deadline for the engine's answer
     * @throws HostException if the engine refuses (with status and text), goes away or does not answer in time
     */
    public static ClientAttachment open(
            Channel connection, ClientMetadata metadata, List<ServerServiceDefinition> services, Duration deadline)
            throws IOException, InterruptedException {
        List<ServerServiceDefinition> all = withHealth(services);
        CompletableFuture<ByteBuf> turned = new CompletableFuture<>();
        try {
            var _ = connection
                    .eventLoop()
                    .submit(() -> connection
                            .pipeline()
                            .addLast(new AttachRequestHandler(requestHead(metadata, all), turned)));
            ByteBuf rest = turned.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            return serve(connection, all, rest);
        } catch (ExecutionException e) {
            var _ = connection.close();
            throw e.getCause() instanceof HostException known
                    ? new HostException(known.reason(), String.valueOf(known.getMessage()), known)
                    : new HostException(Reason.GONE, "attaching to the engine failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            var _ = connection.close();
            throw new HostException(
                    Reason.TIMEOUT,
                    "the engine did not answer the attachment within " + deadline.toSeconds() + " s",
                    e);
        } catch (IOException | InterruptedException | RuntimeException e) {
            var _ = connection.close();
            throw e;
        }
    }

    /**
     * Serves on a connection that was turned around already.
     *
     * @param connection connected and registered, with auto-read off; closed when the attachment ends
     * @param services what is offered
     * @param rest what was read of the connection behind the engine's answer; released here
     * @throws IOException if gRPC cannot be started
     */
    public static ClientAttachment turned(Channel connection, List<ServerServiceDefinition> services, ByteBuf rest)
            throws IOException {
        return serve(connection, withHealth(services), rest);
    }

    private static List<ServerServiceDefinition> withHealth(List<ServerServiceDefinition> services) {
        List<ServerServiceDefinition> all = new ArrayList<>(services);
        all.add(new HealthStatusManager().getHealthService().bindService());
        return all;
    }

    /** Completes once, with the reason in words, when the connection has ended. It never fails. */
    public CompletableFuture<String> closed() {
        return closed.copy();
    }

    /** Stops offering: calls under way are cancelled, the connection is closed. */
    @Override
    public void close() {
        end("closed by the client");
    }

    /**
     * After {@link #close}: waits until no call works any more, nor can begin to. What a call writes needs the connection's
     * event loop, so the loop is to outlive it.
     *
     * @return whether none works; false when the time was too short
     */
    public boolean awaitCalls(Duration patience) throws InterruptedException {
        // Until the handlers know that it is closed, a request that was read may still become a call.
        return connection.closeFuture().await(patience.toMillis())
                && handlersKnow(patience)
                && calls.awaitIdle(patience);
    }

    /** Waits for the loop's next task but one: the next may come before the one that tells the handlers of the close. */
    private boolean handlersKnow(Duration patience) throws InterruptedException {
        boolean passed = true;
        for (int i = 0; i < 2 && passed && !connection.eventLoop().isShuttingDown(); i++) {
            passed = connection.eventLoop().submit(() -> {}).await(patience.toMillis());
        }
        return passed;
    }

    private void end(String reason) {
        if (closed.complete(reason)) {
            var _ = server.shutdownNow();
            HardClose.soon(connection);
        }
    }

    private static ClientAttachment serve(Channel connection, List<ServerServiceDefinition> services, ByteBuf rest)
            throws IOException {
        AtomicReference<AdoptedServerChannel> listener = new AtomicReference<>();
        CallThreads calls = new CallThreads();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new LocalAddress("attachables"))
                .bossEventLoopGroup(connection.eventLoop())
                .workerEventLoopGroup(connection.eventLoop())
                .channelFactory(() -> {
                    AdoptedServerChannel made = new AdoptedServerChannel();
                    listener.set(made);
                    return made;
                })
                .executor(calls)
                .flowControlWindow(WINDOW)
                .maxInboundMessageSize(MAX_MESSAGE)
                // The engine may check with pings as often as it likes; it is the only peer.
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
        services.forEach(builder::addService);
        Server server = builder.build().start();
        ClientAttachment attachment = new ClientAttachment(connection, server, calls);
        var _ = connection.closeFuture().addListener(_ -> attachment.end("the engine closed the connection"));
        AdoptedServerChannel adopting = listener.get();
        if (adopting == null) {
            throw new IllegalStateException("the gRPC server started without a listener");
        }
        adopting.adopt(connection, rest);
        return attachment;
    }

    private static ByteBuf requestHead(ClientMetadata metadata, List<ServerServiceDefinition> services) {
        StringBuilder head = new StringBuilder(4096)
                .append("GET ")
                .append(PATH)
                .append(" HTTP/1.1\r\nHost: dagger\r\nUser-Agent: build-engine-client\r\n")
                .append(ClientMetadata.HEADER)
                .append(": ")
                .append(metadata.encode())
                .append("\r\n");
        for (ServerServiceDefinition service : services) {
            service.getMethods()
                    .forEach(method -> head.append(EngineAttachment.METHOD_HEADER)
                            .append(": /")
                            .append(method.getMethodDescriptor().getFullMethodName())
                            .append("\r\n"));
        }
        return Unpooled.copiedBuffer(head.append("\r\n"), StandardCharsets.US_ASCII);
    }
}
