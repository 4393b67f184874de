package org.buildengine.client.proxy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.buildengine.client.ClientThread;
import org.buildengine.client.EngineLostException;
import org.buildengine.client.EngineSession;
import org.buildengine.client.http.HttpBody;
import org.buildengine.client.http.HttpConnections.InFlight;
import org.buildengine.client.http.HttpConnections.Sent;
import org.buildengine.client.http.HttpField;
import org.buildengine.client.http.HttpHead;
import org.buildengine.client.http.HttpInput;
import org.buildengine.client.http.HttpReply;
import org.jspecify.annotations.Nullable;

/** One keep-alive connection of an SDK: request after request, each passed to the engine and answered. */
final class ProxyConnection {
    private static final int HEAD_TIMEOUT_MILLIS = 30_000;
    private static final String CHALLENGE = "Basic realm=\"Access to the Dagger engine session\"";

    private final Socket socket;
    private final HttpInput in;
    private final OutputStream out;
    private final String token;
    private final CrossOrigin crossOrigin;
    private final CompletableFuture<EngineSession> session;

    ProxyConnection(Socket socket, String token, CrossOrigin crossOrigin, CompletableFuture<EngineSession> session)
            throws IOException {
        this.socket = socket;
        this.in = new HttpInput(socket.getInputStream());
        this.out = new BufferedOutputStream(socket.getOutputStream(), 32 * 1024);
        this.token = token;
        this.crossOrigin = crossOrigin;
        this.session = session;
    }

    void serve() throws IOException {
        boolean more = in.awaitByte();
        while (more) {
            socket.setSoTimeout(HEAD_TIMEOUT_MILLIS);
            HttpHead request = HttpHead.read(in);
            socket.setSoTimeout(0);
            String[] start = request.start().split(" ", -1);
            if (start.length != 3 || !start[2].startsWith("HTTP/1.")) {
                return; // An HTTP/2 preface gets no answer: its sender would take any for a frame.
            }
            HttpBody body = HttpBody.ofRequest(request, in);
            Watch watch = new Watch();
            boolean reusable = answer(start[0], start[1].split("\\?", 2)[0], request, body, watch);
            out.flush();
            if (!reusable || !body.ended() || request.lists("Connection", "close")) {
                return;
            }
            more = watch.next();
        }
    }

    private boolean answer(String method, String path, HttpHead request, HttpBody body, Watch watch)
            throws IOException {
        if (crossOrigin.isPreflight(method, request)) {
            body.transferTo(OutputStream.nullOutputStream());
            new HttpHead("HTTP/1.1 204 No Content", crossOrigin.granted(request)).writeTo(out);
            return true;
        }
        if (!authorized(request)) {
            body.transferTo(OutputStream.nullOutputStream());
            plain("401 Unauthorized", List.of(new HttpField("Www-Authenticate", CHALLENGE)), "");
            return true;
        }
        if (request.first("Expect").filter("100-continue"::equalsIgnoreCase).isPresent()) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
        EngineSession engine;
        try {
            engine = session.get();
        } catch (ExecutionException e) {
            body.transferTo(OutputStream.nullOutputStream());
            graphqlError(
                    String.valueOf(Optional.ofNullable(e.getCause()).orElse(e).getMessage()));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        try (HttpReply reply = engine.forward(method, path, request, body, watch)) {
            return pass(method, reply);
        } catch (EngineReplyException e) {
            throw new IOException("the SDK went away while it was answered", e.getCause());
        } catch (IOException e) {
            graphqlError(String.valueOf(new EngineLostException(e).getMessage()));
            return body.ended();
        }
    }

    private boolean authorized(HttpHead request) {
        String given = request.first("Authorization").orElse("");
        if (!given.toLowerCase(Locale.ROOT).startsWith("basic ")) {
            return false;
        }
        try {
            byte[] pair = Base64.getDecoder()
                    .decode(given.substring("basic ".length()).strip());
            String user = new String(pair, StandardCharsets.UTF_8).split(":", 2)[0];
            return MessageDigest.isEqual(user.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Passes the engine's answer on as it comes. Once its head is written, a failure can only end the connection. */
    private boolean pass(String method, HttpReply reply) throws EngineReplyException {
        try {
            HttpHead head = reply.head();
            HttpBody body = reply.body();
            boolean bodiless = body.ended() || method.equals("HEAD");
            List<HttpField> fields = new ArrayList<>(head.endToEnd());
            fields.addAll(crossOrigin.fields());
            boolean chunked = body.length().isEmpty();
            if (chunked) {
                fields.add(new HttpField("Transfer-Encoding", "chunked"));
            }
            String reason = head.start().split(" ", 2)[1];
            new HttpHead("HTTP/1.1 " + reason, fields).writeTo(out);
            if (bodiless) {
                out.flush();
            } else if (chunked) {
                HttpBody.writeChunked(body, out);
            } else {
                HttpBody.writePlain(body, out);
            }
            return true;
        } catch (IOException e) {
            throw new EngineReplyException(e);
        }
    }

    private void plain(String status, List<HttpField> fields, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        List<HttpField> all = new ArrayList<>(fields);
        all.addAll(crossOrigin.fields());
        all.add(new HttpField("Content-Length", Integer.toString(body.length)));
        new HttpHead("HTTP/1.1 " + status, all).writeTo(out);
        out.write(body);
        out.flush();
    }

    /**
     * SDKs read the reason only out of GraphQL's form, and only with its content type. Any other answer of this status
     * makes some of them try again for half a minute.
     */
    private void graphqlError(String reason) throws IOException {
        ObjectNode answer = new JsonMapper().createObjectNode();
        answer.putArray("errors").addObject().put("message", reason);
        answer.putNull("data");
        plain(
                "500 Internal Server Error",
                List.of(new HttpField("Content-Type", "application/json")),
                answer.toString());
    }

    /** A failure after the answer began. */
    private static final class EngineReplyException extends IOException {
        private static final long serialVersionUID = 1;

        EngineReplyException(IOException cause) {
            super(cause);
        }
    }

    /** Waits for the SDK's next byte while the engine works, and gives the request up if the SDK goes away instead. */
    private final class Watch implements InFlight {
        private @Nullable CompletableFuture<Boolean> waiting;

        @Override
        public void sent(Sent sent) {
            CompletableFuture<Boolean> next = new CompletableFuture<>();
            waiting = next;
            ClientThread.start("sdk watch", () -> {
                boolean more = false;
                try {
                    more = in.awaitByte();
                } catch (IOException e) {
                    log().log(System.Logger.Level.DEBUG, "the SDK went away", e);
                }
                if (!more) {
                    sent.close();
                }
                next.complete(more);
            });
        }

        boolean next() throws IOException {
            return waiting == null ? in.awaitByte() : waiting.join();
        }
    }

    /** Not made before there is something to log: that takes long, and most commands log nothing. */
    private static System.Logger log() {
        return System.getLogger(ProxyConnection.class.getName());
    }
}
