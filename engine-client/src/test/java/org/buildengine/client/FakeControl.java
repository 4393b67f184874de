package org.buildengine.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.buildengine.session.wire.control.InfoResponse;
import org.buildengine.session.wire.worker.BuildkitVersion;

/** A port where a connection that begins like HTTP/2 gets one scripted answer, and any other goes on to a server. */
final class FakeControl implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final byte[] answer;
    private final int server;

    /** Answers with these bytes. */
    FakeControl(byte[] answer, int server) throws IOException {
        this.answer = answer;
        this.server = server;
        Thread.ofVirtual().start(this::accept);
    }

    /** What an engine answers to the question who it is. */
    static byte[] info(String product, String version, String ownVersion) {
        InfoResponse info = InfoResponse.newBuilder()
                .setBuildkitVersion(BuildkitVersion.newBuilder()
                        .setPackage(product)
                        .setVersion(version)
                        .setRevision("host1"))
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                1000,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8(ownVersion))
                                        .build())
                        .build())
                .build();
        byte[] message = info.toByteArray();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(new byte[] {0, 0, 0, 0, (byte) message.length});
        data.writeBytes(message);
        return answer(data.toByteArray());
    }

    /** SETTINGS, the head of an answer, its data, and trailers. */
    static byte[] answer(byte[] data) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frame(frames, 4, 0, 0, new byte[0]);
        frame(frames, 1, 4, 1, new byte[] {(byte) 0x88});
        frame(frames, 0, 0, 1, data);
        frame(frames, 1, 5, 1, "\0\013grpc-status\0010".getBytes(StandardCharsets.ISO_8859_1));
        return frames.toByteArray();
    }

    private static void frame(ByteArrayOutputStream frames, int type, int flags, int stream, byte[] payload) {
        frames.writeBytes(new byte[] {0, 0, (byte) payload.length, (byte) type, (byte) flags, 0, 0, 0, (byte) stream});
        frames.writeBytes(payload);
    }

    EngineAddress address() {
        return new EngineAddress.Tcp("127.0.0.1", listener.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = listener.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException e) {
            System.getLogger("test").log(System.Logger.Level.TRACE, "closed", e);
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            PushbackInputStream in = new PushbackInputStream(connection.getInputStream(), 3);
            byte[] beginning = in.readNBytes(3);
            in.unread(beginning);
            if (new String(beginning, StandardCharsets.US_ASCII).equals("PRI")) {
                connection.getOutputStream().write(answer);
                // With what is unread a close would be a reset, and the answer lost.
                connection.shutdownOutput();
                in.transferTo(OutputStream.nullOutputStream());
            } else {
                relay(connection, in);
            }
        } catch (IOException | InterruptedException e) {
            System.getLogger("test").log(System.Logger.Level.TRACE, "a connection ended", e);
        }
    }

    private void relay(Socket connection, InputStream in) throws IOException, InterruptedException {
        try (Socket onward = new Socket()) {
            onward.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server));
            CountDownLatch ended = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> pump(in, onward, ended));
            InputStream back = onward.getInputStream();
            Thread.ofVirtual().start(() -> pump(back, connection, ended));
            ended.await();
        }
    }

    private static void pump(InputStream in, Socket to, CountDownLatch ended) {
        try {
            in.transferTo(to.getOutputStream());
        } catch (IOException e) {
            System.getLogger("test").log(System.Logger.Level.TRACE, "a relay ended", e);
        } finally {
            ended.countDown();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
