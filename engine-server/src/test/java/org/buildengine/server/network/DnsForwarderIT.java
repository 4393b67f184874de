package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The forwarder between addresses of loopback, each of which stands for a container or a resolver. */
@Timeout(60)
class DnsForwarderIT {
    private static final int PORT = 53;

    private final int network = ThreadLocalRandom.current().nextInt(2, 250);

    private InetAddress address(int number) throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 53, (byte) network, (byte) number});
    }

    @Test
    void aContainerThatHoldsOnToItsQuestionsKeepsNoOtherFromItsOwn() throws IOException {
        var held = new ArrayList<Socket>();
        try (var resolver = new DatagramSocket(new InetSocketAddress(address(1), PORT));
                var streams = new java.net.ServerSocket(PORT, 300, address(1));
                DnsForwarder forwarder = DnsForwarder.listen(address(2), List.of(address(1)))) {
            assertThat(forwarder).isNotNull();
            Thread.ofVirtual().start(() -> echo(resolver));
            for (int i = 0; i < 300; i++) {
                var socket = new Socket();
                held.add(socket);
                socket.bind(new InetSocketAddress(address(3), 0));
                socket.connect(new InetSocketAddress(address(2), PORT));
            }
            // The last of them are turned away, so those before are all looked at.
            assertThat(held.getLast().getInputStream().read()).isEqualTo(-1);

            assertThat(ask(address(4), "who?")).isEqualTo("who?");
            assertThat(streams.isClosed()).isFalse();
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    private String ask(InetAddress source, String question) throws IOException {
        try (var socket = new DatagramSocket(new InetSocketAddress(source, 0))) {
            socket.setSoTimeout(20_000);
            byte[] bytes = question.getBytes(StandardCharsets.UTF_8);
            socket.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress(address(2), PORT)));
            var answer = new DatagramPacket(new byte[512], 512);
            socket.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
        }
    }

    private static void echo(DatagramSocket resolver) {
        var packet = new DatagramPacket(new byte[512], 512);
        try {
            resolver.receive(packet);
            resolver.send(packet);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
