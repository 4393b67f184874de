package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.http.FrontDoor;
import org.buildengine.server.http.HttpLimits;
import org.buildengine.server.http.HttpReply;
import org.buildengine.server.http.IoLoops;
import org.buildengine.server.http.LocalGrpcServer;

/** Services behind a public port, and a client of grpc-java that is connected to it. */
final class ServedDoor {
    final ManagedChannel channel;
    private final IoLoops loops = IoLoops.best();
    private final LocalGrpcServer grpc;
    private final FrontDoor door;
    private final InetSocketAddress address;

    ServedDoor(BindableService... services) throws IOException {
        grpc = LocalGrpcServer.start(loops, List.of(services));
        door = new FrontDoor(loops, _ -> HttpReply.empty(404), grpc, HttpLimits.defaults());
        address = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        channel = connect();
    }

    /** Another client, with a connection of its own; the test closes it. */
    ManagedChannel connect() {
        return NettyChannelBuilder.forAddress(address).usePlaintext().build();
    }

    void close() throws InterruptedException {
        channel.shutdownNow();
        assertThat(channel.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        door.close();
        grpc.close();
        loops.close();
    }
}
