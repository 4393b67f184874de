package org.buildengine.server.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a daemon listens. */
public sealed interface ListenAddress {
    /** The address as it is written in a configuration. */
    String text();

    /** Reads {@code unix:///path} or {@code tcp://host:port}. */
    static ListenAddress parse(String text) throws ConfigException {
        if (text.startsWith("unix://")) {
            return Unix.parse(text);
        }
        if (text.startsWith("tcp://")) {
            return Tcp.parse(text);
        }
        throw new ConfigException("\"" + text + "\" is no address to listen at: write unix:///path/to/engine.sock or"
                + " tcp://127.0.0.1:8080");
    }

    /**
     * A unix socket.
     *
     * @param path where its file is, absolute
     */
    record Unix(Path path) implements ListenAddress {
        private static Unix parse(String text) throws ConfigException {
            String path = text.substring("unix://".length());
            if (!path.startsWith("/")) {
                throw new ConfigException("\"" + text + "\" has no absolute path: write unix:///path/to/engine.sock,"
                        + " with three slashes");
            }
            return new Unix(Path.of(path));
        }

        @Override
        public String text() {
            return "unix://" + path;
        }

        @Override
        public String toString() {
            return text();
        }
    }

    /**
     * A TCP port.
     *
     * @param host name or address of the interface
     * @param port 0 for any free one
     */
    record Tcp(String host, int port) implements ListenAddress {
        private static final Pattern SYNTAX = Pattern.compile("tcp://(\\[[0-9a-fA-F:.]+\\]|[^:/\\[\\]]+):(\\d{1,5})/?");

        private static Tcp parse(String text) throws ConfigException {
            Matcher matcher = SYNTAX.matcher(text);
            if (!matcher.matches()) {
                throw new ConfigException("\"" + text + "\" is no TCP address: write tcp://HOST:PORT, for example"
                        + " tcp://127.0.0.1:8080 or tcp://[::1]:8080");
            }
            int port = Integer.parseInt(matcher.group(2));
            if (port > 65535) {
                throw new ConfigException("\"" + text + "\": there is no port " + port + ", ports end at 65535");
            }
            return new Tcp(matcher.group(1), port);
        }

        @Override
        public String text() {
            return "tcp://" + host + ":" + port;
        }

        @Override
        public String toString() {
            return text();
        }

        /** The address, looked up now. */
        public InetSocketAddress resolve() {
            String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return new InetSocketAddress(bare, port);
        }

        /** Whether only this machine can reach it. A name that cannot be looked up counts as remote. */
        public boolean isLoopback() {
            InetAddress address = resolve().getAddress();
            return address != null && address.isLoopbackAddress();
        }
    }

    /** This address as a URI, for clients. */
    default URI uri() {
        try {
            return new URI(text());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(text() + " cannot be written as a URI", e);
        }
    }
}
