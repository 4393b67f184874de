package org.buildengine.client;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.util.Objects;
import org.buildengine.session.ClientVersion;

/** A connection for our own services of an engine, without a session. Used by one thread. */
final class ControlChannel implements AutoCloseable {
    private final EngineAddress address;
    private final EventLoopGroup loops;
    private final ManagedChannel channel;

    private ControlChannel(EngineAddress address, EventLoopGroup loops) {
        this.address = address;
        this.loops = loops;
        var builder = NettyChannelBuilder.forAddress(address.socketAddress())
                .overrideAuthority("localhost")
                .proxyDetector(_ -> null)
                .eventLoopGroup(loops)
                .usePlaintext();
        this.channel = switch (address) {
            case EngineAddress.Tcp _ ->
                builder.channelType(NioSocketChannel.class).build();
            // gRPC sets an option of TCP on every channel; a unix socket has none of them, and Netty logs that
            case EngineAddress.Unix _ ->
                builder.channelType(NioDomainSocketChannel.class)
                        .withOption(ChannelOption.SO_KEEPALIVE, null)
                        .build();
        };
    }

    /**
     * Connects.
     *
     * @param version the version of the API that the caller speaks
     * @throws IOException if no usable engine is there; says what was tried and why
     */
    static ControlChannel connect(EngineAddress address, String version) throws IOException {
        try (EngineCheck check = EngineCheck.begin(address)) {
            check.await(ClientVersion.normalize(version, ClientVersion.MINIMUM));
        }
        return new ControlChannel(address, new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()));
    }

    io.grpc.Channel calls() {
        return channel;
    }

    /** What a failed call means, for the person. */
    IOException failure(StatusRuntimeException failure) {
        Status status = failure.getStatus();
        String text = Objects.requireNonNullElse(
                status.getDescription(), status.getCode().toString());
        return switch (status.getCode()) {
            case UNIMPLEMENTED ->
                new IOException(
                        "the engine at " + address + " is none that answers this: it is an older one, or Dagger's own",
                        failure);
            // the engine's own words; the exception has them once more, behind the name of the status
            case INVALID_ARGUMENT, INTERNAL -> new IOException(text);
            case DEADLINE_EXCEEDED ->
                new IOException("the engine at " + address + " did not answer in time; it goes on by itself", failure);
            default -> new EngineLostException(new IOException(text, failure));
        };
    }

    @Override
    public void close() {
        channel.shutdownNow();
        GrpcOffer.stop(loops);
    }
}
