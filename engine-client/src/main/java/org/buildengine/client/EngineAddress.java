package org.buildengine.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Where an engine listens, and how to get a connection to it. Further kinds (through {@code ssh} or {@code kubectl}) are
 * further cases of this interface.
 */
public sealed interface EngineAddress {
    /** Where an engine listens unless told otherwise. */
    Unix DEFAULT = new Unix(Path.of("/run/build-engine/engine.sock"));

    /** How long an engine has to accept a connection: with the start of a command this must be known within a second. */
    Duration CONNECT_TIMEOUT = Duration.ofMillis(600);

    /**
     * Opens a connection.
     *
     * @return a connected channel in blocking mode
     * @throws EngineUnavailableException if nobody accepts it within {@link #CONNECT_TIMEOUT}; says what was tried and why
     */
    SocketChannel open() throws EngineUnavailableException;

    /** The address as the socket interface takes it. */
    SocketAddress socketAddress();

    /**
     * Reads an address.
     *
     * @param text {@code unix:///path} or {@code tcp://host:port}
     * @return the address
     * @throws IllegalArgumentException if it is neither; the message says what is allowed
     */
    static EngineAddress parse(String text) {
        if (text.startsWith("unix://")) {
            Path path = Path.of(text.substring("unix://".length()));
            if (!path.isAbsolute()) {
                throw new IllegalArgumentException(
                        "the socket of \"" + text + "\" is not an absolute path; write unix:///path/to/engine.sock");
            }
            return new Unix(path);
        }
        if (text.startsWith("tcp://")) {
            return tcp(text);
        }
        throw new IllegalArgumentException(
                "cannot connect to \"" + text + "\": an engine's address is unix:///path or tcp://host:port");
    }

    private static EngineAddress tcp(String text) {
        String rest = text.substring("tcp://".length());
        int colon = rest.lastIndexOf(':');
        if (colon > 0 && rest.substring(colon + 1).matches("[0-9]{1,5}")) {
            int port = Integer.parseInt(rest.substring(colon + 1));
            String host = rest.substring(0, colon);
            if (port > 0 && port < 65536) {
                boolean bracketed = host.startsWith("[") && host.endsWith("]");
                return new Tcp(bracketed ? host.substring(1, host.length() - 1) : host, port);
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" names no port; write tcp://host:port");
    }

    /**
     * A socket in the file system.
     *
     * @param path the socket
     */
    record Unix(Path path) implements EngineAddress {
        @Override
        public SocketChannel open() throws EngineUnavailableException {
            try {
                return SocketChannel.open(UnixDomainSocketAddress.of(path));
            } catch (IOException e) {
                throw new EngineUnavailableException(this, reason(e), e);
            }
        }

        private String reason(IOException failure) {
            if (!Files.exists(path)) {
                return "there is no such socket";
            }
            if (!Files.isWritable(path)) {
                return "this user may not write to the socket";
            }
            return failure.getMessage() + " (a socket is there, but nobody listens)";
        }

        @Override
        public SocketAddress socketAddress() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return "unix://" + path;
        }
    }

    /**
     * A port.
     *
     * @param host a name or an address
     * @param port the port
     */
    record Tcp(String host, int port) implements EngineAddress {
        @Override
        public SocketChannel open() throws EngineUnavailableException {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new EngineUnavailableException(this, "the name " + host + " has no address", new IOException());
            }
            try {
                SocketChannel channel = SocketChannel.open(
                        address.getAddress() instanceof java.net.Inet6Address
                                ? StandardProtocolFamily.INET6
                                : StandardProtocolFamily.INET);
                boolean connected = false;
                try {
                    channel.socket().connect(address, (int) CONNECT_TIMEOUT.toMillis());
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    connected = true;
                    return channel;
                } finally {
                    if (!connected) {
                        channel.close();
                    }
                }
            } catch (IOException e) {
                throw new EngineUnavailableException(this, String.valueOf(e.getMessage()), e);
            }
        }

        @Override
        public SocketAddress socketAddress() {
            return new InetSocketAddress(host, port);
        }

        @Override
        public String toString() {
            return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /** The kinds of address that {@link #parse} reads, for messages. */
    static List<String> schemes() {
        return List.of("unix", "tcp");
    }
}
