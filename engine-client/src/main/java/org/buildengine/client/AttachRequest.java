package org.buildengine.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * Asks an engine to turn a connection around, so that it may call us on it: an HTTP/1.1 request whose answer is a 101, which
 * we acknowledge with a zero byte. Behind that goes an empty SETTINGS frame (RFC 9113, 6.5), with which the engine's gRPC
 * takes the connection for ready although nothing serves it yet.
 */
final class AttachRequest {
    private static final String PATH = "/sessionAttachables";
    private static final String METHOD_FIELD = "X-Docker-Expose-Session-Grpc-Method";
    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int MAX_HEAD = 64 * 1024;
    private static final int MAX_REFUSAL = 16 * 1024;
    private static final byte[] ACKNOWLEDGED = {0, 0, 0, 0, 4, 0, 0, 0, 0, 0};

    /** The real engine writes {@code HTTP/0.0}, so any version is taken. */
    private static final Pattern STATUS = Pattern.compile("HTTP/\\d\\.\\d (\\d{3})(?: .*)?");

    private static final Pattern LENGTH =
            Pattern.compile("(?im)^content-length:[ \\t]*(\\d{1,9})[ \\t]*$", Pattern.UNIX_LINES);

    private final InputStream in;
    private final OutputStream out;

    private AttachRequest(SocketChannel channel) {
        this.in = Channels.newInputStream(channel);
        this.out = Channels.newOutputStream(channel);
    }

    /**
     * Asks. Blocks until there is an answer; closing the channel ends that.
     *
     * @param channel connected, in blocking mode
     * @param identity who offers
     * @param methods what is offered, as gRPC names methods: {@code package.Service/Method}
     * @return what was read of the connection behind the engine's answer
     * @throws HostException if the engine refuses (with status and text) or goes away
     */
    static byte[] send(SocketChannel channel, ClientMetadata identity, List<String> methods) throws IOException {
        AttachRequest request = new AttachRequest(channel);
        request.out.write(head(identity, methods));
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        int end = request.readHead(read);
        String head = read.toString(StandardCharsets.ISO_8859_1).substring(0, end);
        byte[] rest = Arrays.copyOfRange(read.toByteArray(), end, read.size());
        Matcher status = STATUS.matcher(head.lines().findFirst().orElse(""));
        if (!status.matches()) {
            throw new HostException(Reason.PROTOCOL, "the engine's answer to the attachment is not HTTP");
        }
        if (!status.group(1).equals("101")) {
            throw new HostException(
                    Reason.DENIED,
                    "the engine refused the attachment with status " + status.group(1) + ": "
                            + request.refusal(head, rest).strip());
        }
        request.out.write(ACKNOWLEDGED);
        return rest;
    }

    private static byte[] head(ClientMetadata identity, List<String> methods) {
        StringBuilder head = new StringBuilder("GET " + PATH + " HTTP/1.1\r\n")
                .append("Host: dagger\r\nUser-Agent: build-engine-client\r\n")
                .append(ClientMetadata.HEADER)
                .append(": ")
                .append(identity.encode())
                .append("\r\n");
        methods.forEach(
                method -> head.append(METHOD_FIELD).append(": /").append(method).append("\r\n"));
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads until the head of the answer is complete; returns its length. */
    private int readHead(ByteArrayOutputStream read) throws IOException {
        byte[] piece = new byte[1024];
        while (true) {
            int length = in.read(piece);
            if (length < 0) {
                throw new HostException(Reason.GONE, "the engine closed the connection during the attachment");
            }
            read.write(piece, 0, length);
            int end = read.toString(StandardCharsets.ISO_8859_1).indexOf(END_OF_HEAD);
            if (end >= 0) {
                return end + END_OF_HEAD.length();
            }
            if (read.size() > MAX_HEAD) {
                throw new HostException(Reason.PROTOCOL, "the engine's answer to the attachment has no end");
            }
        }
    }

    private String refusal(String head, byte[] begun) throws IOException {
        Matcher length = LENGTH.matcher(head.replace("\r", ""));
        int whole = length.find() ? Math.min(MAX_REFUSAL, Integer.parseInt(length.group(1))) : MAX_REFUSAL;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes(begun);
        text.writeBytes(in.readNBytes(Math.max(0, whole - begun.length)));
        return new String(text.toByteArray(), 0, Math.min(whole, text.size()), StandardCharsets.UTF_8);
    }
}
