package org.buildengine.client;

import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * Offers gRPC services over a connection that is turned around. The services, and the libraries they need, are loaded when the
 * engine first asks for something: most sessions of a small program never see that.
 */
public final class OfferAttacher implements Attacher {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final List<String> methods;
    private final Supplier<List<ServerServiceDefinition>> services;

    /**
     * Makes an attacher.
     *
     * @param methods names of what is offered, {@code package.Service/Method}, with those of the health service
     * @param services makes what is offered, without the health service; called at most once for each attachment
     */
    public OfferAttacher(List<String> methods, Supplier<List<ServerServiceDefinition>> services) {
        this.methods = List.copyOf(methods);
        this.services = services;
    }

    @Override
    public Attachment attach(EngineAddress address, ClientMetadata identity) throws IOException {
        SocketChannel channel = address.open();
        boolean attached = false;
        try {
            byte[] read = ask(channel, identity);
            attached = true;
            return DormantOffer.over(
                    channel, read, (awake, all) -> GrpcOffer.serve(address, awake, services.get(), all));
        } finally {
            if (!attached) {
                channel.close();
            }
        }
    }

    private byte[] ask(SocketChannel channel, ClientMetadata identity) throws IOException {
        CompletableFuture<byte[]> answered = new CompletableFuture<>();
        ClientThread.start("attach request", () -> {
            try {
                answered.complete(AttachRequest.send(channel, identity, methods));
            } catch (IOException | RuntimeException e) {
                answered.completeExceptionally(e);
            }
        });
        try {
            return answered.get(DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new HostException(
                    Reason.TIMEOUT,
                    "the engine did not answer the attachment within " + DEADLINE.toSeconds() + " s",
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof HostException known
                    ? known
                    : new HostException(Reason.GONE, "attaching to the engine failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while attaching to the engine", e);
        }
    }
}
