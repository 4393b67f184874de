package org.buildengine.server.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.buildengine.snapshotter.linux.NetworkNamespace;

/**
 * A machine beyond the host, played by a namespace with a link to it. Its web server says who asks. It has no route but
 * that to the host, so that it answers only to an address of the host.
 */
final class OutsideWorld implements AutoCloseable {
    static final String HOST = "198.51.100.1";
    static final String ADDRESS = "198.51.100.2";
    private static final String LINK = "be-outside";

    private final NetworkNamespace namespace;
    private final ServerSocket server;

    private OutsideWorld(NetworkNamespace namespace, ServerSocket server) {
        this.namespace = namespace;
        this.server = server;
    }

    static OutsideWorld open() throws IOException {
        NetworkNamespace namespace = NetworkNamespace.create();
        String path = namespace.path().toString();
        run("ip", "link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", path);
        run("ip", "addr", "add", HOST + "/24", "dev", LINK);
        run("ip", "link", "set", LINK, "up");
        run("nsenter", "--net=" + path, "ip", "addr", "add", ADDRESS + "/24", "dev", "eth0");
        run("nsenter", "--net=" + path, "ip", "link", "set", "eth0", "up");
        ServerSocket server = namespace.inside(() -> {
            var socket = new ServerSocket();
            socket.bind(new InetSocketAddress(ADDRESS, 0));
            return socket;
        });
        Thread.ofVirtual().start(() -> answer(server));
        return new OutsideWorld(namespace, server);
    }

    /** A web server on an address of this machine that says who asks. */
    static ServerSocket serve(String address) throws IOException {
        var socket = new ServerSocket();
        socket.bind(new InetSocketAddress(address, 0));
        Thread.ofVirtual().start(() -> answer(socket));
        return socket;
    }

    private static void answer(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.getInputStream().read(new byte[4096]);
                String body = "hello " + ((InetSocketAddress) client.getRemoteSocketAddress()).getHostString() + "\n";
                client.getOutputStream()
                        .write(("HTTP/1.0 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // The test closes the server, or the client went away.
            }
        }
    }

    private static void run(String... command) throws IOException {
        Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }

    /** The port of its web server. */
    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
        run("ip", "link", "delete", LINK);
        namespace.close();
    }
}
