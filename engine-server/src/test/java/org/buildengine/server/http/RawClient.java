package org.buildengine.server.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Speaks bytes to a server; for tests that care about every one of them. */
public final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;
    private final AutoCloseable connection;
    private final InputStream in;
    private final OutputStream out;

    private RawClient(AutoCloseable connection, InputStream in, OutputStream out) {
        this.connection = connection;
        this.in = in;
        this.out = out;
    }

    /** Connects to a TCP port. */
    public static RawClient tcp(int port) throws IOException {
        return tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Connects to a TCP address. */
    public static RawClient tcp(InetSocketAddress address) throws IOException {
        var socket = new Socket();
        socket.connect(address);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return new RawClient(socket, socket.getInputStream(), socket.getOutputStream());
    }

    /** Connects to a unix socket; reads without a timeout. */
    public static RawClient unix(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        return new RawClient(channel, Channels.newInputStream(channel), Channels.newOutputStream(channel));
    }

    /** Sends text as it is. */
    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes in one write. */
    public RawClient send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    /**
     * An answer.
     *
     * @param line its first line
     * @param headers by lower-case name
     * @param body of its announced length, or of its chunks
     */
    public record Answer(String line, Map<String, String> headers, String body) {
        /** Its status. */
        public int status() {
            return Integer.parseInt(line.split(" ", 3)[1]);
        }
    }

    /** Reads one answer to its end. */
    public Answer read() throws IOException {
        Answer head = readHead();
        var body = new ByteArrayOutputStream();
        if (head.headers().containsKey("content-length")) {
            body.write(in.readNBytes(Integer.parseInt(head.headers().getOrDefault("content-length", "0"))));
        } else if (head.headers().containsKey("transfer-encoding")) {
            for (byte[] chunk = readChunk(); chunk.length > 0; chunk = readChunk()) {
                body.write(chunk);
            }
        }
        return new Answer(head.line(), head.headers(), body.toString(StandardCharsets.UTF_8));
    }

    /** Reads the head of an answer, not its body. */
    public Answer readHead() throws IOException {
        String line = readLine();
        var headers = new TreeMap<String, String>();
        for (String field = readLine(); !field.isEmpty(); field = readLine()) {
            int colon = field.indexOf(':');
            headers.put(
                    field.substring(0, colon).toLowerCase(Locale.ROOT),
                    field.substring(colon + 1).strip());
        }
        return new Answer(line, headers, "");
    }

    /** Reads a chunk of a body; empty at its end. */
    public byte[] readChunk() throws IOException {
        byte[] chunk = in.readNBytes(Integer.parseInt(readLine(), 16));
        readLine();
        return chunk;
    }

    /** Reads so many bytes. */
    public byte[] readBytes(int count) throws IOException {
        return in.readNBytes(count);
    }

    /** Reads until the server closes the connection; fails if it does not. */
    public void drain() throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (java.net.SocketException e) {
            if (e instanceof java.net.ConnectException) {
                throw e;
            }
        }
    }

    /** Whether the server has closed the connection, without another byte. */
    public boolean atEnd() {
        try {
            return in.read() < 0;
        } catch (IOException e) {
            return e.getMessage() == null || !e.getMessage().contains("timed out");
        }
    }

    private String readLine() throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended after \"" + line + "\"");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
