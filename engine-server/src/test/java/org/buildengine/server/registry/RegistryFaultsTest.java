package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Registries that refuse, lie, break off and send elsewhere. */
class RegistryFaultsTest {
    private static final String TYPE = "application/vnd.oci.image.layer.v1.tar";
    private static final byte[] CONTENT = content();
    private static final Descriptor BLOB = descriptor(Digest.of(CONTENT), CONTENT.length);
    private static final RegistryCredentials LOGIN =
            host -> Optional.of(new RegistryCredentials.Login("bob", "pass word"));

    private final List<HttpServer> servers = new ArrayList<>();
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private HttpServer registry;
    private RegistryClient client;

    @BeforeEach
    void start() throws IOException {
        registry = server();
        client = client(Map.of());
    }

    @AfterEach
    void stop() {
        client.close();
        servers.forEach(server -> server.stop(0));
    }

    private static byte[] content() {
        byte[] bytes = new byte[200_000];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static Descriptor descriptor(Digest digest, long size) {
        try {
            return Descriptor.parse(Documents.object(
                    ("{\"mediaType\":\"" + TYPE + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}")
                            .getBytes(StandardCharsets.UTF_8),
                    "descriptor"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        servers.add(server);
        return server;
    }

    private void on(HttpServer server, Answer answer) {
        server.createContext("/", exchange -> {
            try (exchange) {
                seen.add(exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders()
                                .getOrDefault("Authorization", List.of("anonymous"))
                                .getFirst());
                answer.to(exchange);
            }
        });
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static RegistryClient client(Map<String, List<URI>> mirrors) {
        return new RegistryClient(
                new RegistrySettings(mirrors, Set.of(), Duration.ofSeconds(10), Duration.ofSeconds(5), 4));
    }

    private static String host(HttpServer server) {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private static boolean authorized(HttpExchange exchange, String header) {
        return header.equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private ImageReference image() throws ImageReferenceException {
        return ImageReference.parse(host(registry) + "/team/app:1");
    }

    private byte[] pull(Descriptor blob, RegistryCredentials credentials) throws Exception {
        try (InputStream stream = client.blob(image(), blob, credentials, new Inquiry())) {
            return stream.readAllBytes();
        }
    }

    @Test
    void aTokenIsFetchedOnceAndUsedAgain() throws Exception {
        on(registry, exchange -> {
            if (exchange.getRequestURI().getPath().equals("/token")) {
                reply(exchange, 200, "{\"token\":\"abc\",\"expires_in\":300}".getBytes(StandardCharsets.UTF_8));
            } else if (authorized(exchange, "Bearer abc")) {
                reply(exchange, 200, CONTENT);
            } else {
                exchange.getResponseHeaders()
                        .add(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://" + host(registry)
                                        + "/token\",service=\"reg\",scope=\"repository:team/app:pull\"");
                reply(exchange, 401, new byte[0]);
            }
        });

        assertThat(pull(BLOB, RegistryCredentials.NONE)).isEqualTo(CONTENT);
        assertThat(pull(BLOB, RegistryCredentials.NONE)).isEqualTo(CONTENT);

        assertThat(seen).hasSize(4);
        assertThat(seen.get(1))
                .contains("service=reg")
                .contains("scope=repository")
                .endsWith("anonymous");
        assertThat(seen.get(3)).endsWith("Bearer abc");
    }

    @Test
    void aLoginIsSentOnlyAfterItWasAskedFor() throws Exception {
        String expected =
                "Basic " + Base64.getEncoder().encodeToString("bob:pass word".getBytes(StandardCharsets.UTF_8));
        on(registry, exchange -> {
            if (authorized(exchange, expected)) {
                reply(exchange, 200, CONTENT);
            } else {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"reg\"");
                reply(exchange, 401, new byte[0]);
            }
        });

        assertThat(pull(BLOB, LOGIN)).isEqualTo(CONTENT);
        assertThat(seen.getFirst()).endsWith("anonymous");
        assertThatThrownBy(() -> pull(BLOB, RegistryCredentials.NONE))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("no login is known for " + host(registry));
    }

    @Test
    void aRedirectToAnotherHostGetsNoLogin() throws Exception {
        HttpServer store = server();
        on(store, exchange -> reply(exchange, 200, CONTENT));
        on(registry, exchange -> {
            if (exchange.getRequestHeaders().containsKey("Authorization")) {
                exchange.getResponseHeaders().add("Location", "http://" + host(store) + "/elsewhere");
                reply(exchange, 307, new byte[0]);
            } else {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"reg\"");
                reply(exchange, 401, new byte[0]);
            }
        });

        assertThat(pull(BLOB, LOGIN)).isEqualTo(CONTENT);
        assertThat(seen).last().isEqualTo("/elsewhere anonymous");
    }

    @Test
    void whereARedirectLeadsMayNotAskForTheLogin() throws Exception {
        HttpServer thief = server();
        on(thief, exchange -> {
            exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"reg\"");
            reply(exchange, 401, new byte[0]);
        });
        on(registry, exchange -> {
            exchange.getResponseHeaders().add("Location", "http://" + host(thief) + "/elsewhere");
            reply(exchange, 302, new byte[0]);
        });

        assertThatThrownBy(() -> pull(BLOB, LOGIN)).isInstanceOf(RegistryException.class);
        assertThat(seen).hasSizeGreaterThan(1).allMatch(request -> request.endsWith("anonymous"));
    }

    @Test
    void aDownloadThatBreaksOffGoesOnWhereItWas() throws Exception {
        var ranges = new CopyOnWriteArrayList<String>();
        on(registry, exchange -> {
            String range = exchange.getRequestHeaders()
                    .getOrDefault("Range", List.of(""))
                    .getFirst();
            ranges.add(range);
            int from = range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
            if (from > 0) {
                exchange.getResponseHeaders()
                        .add("Content-Range", "bytes " + from + "-" + (CONTENT.length - 1) + "/" + CONTENT.length);
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, CONTENT.length - from);
            int to = Math.min(CONTENT.length, from + 90_000);
            exchange.getResponseBody().write(CONTENT, from, to - from);
            exchange.getResponseBody().flush();
        });

        assertThat(pull(BLOB, RegistryCredentials.NONE)).isEqualTo(CONTENT);
        assertThat(ranges).hasSizeBetween(2, 4).first().isEqualTo("");
        assertThat(ranges.get(1)).startsWith("bytes=");
    }

    @Test
    void aRegistryThatKnowsNoPartsIsReadAgainFromTheBeginning() throws Exception {
        var requests = new AtomicInteger();
        on(registry, exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            boolean broken = requests.incrementAndGet() == 1;
            exchange.getResponseBody().write(CONTENT, 0, broken ? 50_000 : CONTENT.length);
            exchange.getResponseBody().flush();
        });

        assertThat(pull(BLOB, RegistryCredentials.NONE)).isEqualTo(CONTENT);
        assertThat(requests).hasValue(2);
    }

    @Test
    void otherBytesThanPromisedAreAnError() {
        byte[] wrong = CONTENT.clone();
        wrong[100_000] ^= 1;
        on(registry, exchange -> reply(exchange, 200, wrong));

        assertThatThrownBy(() -> pull(BLOB, RegistryCredentials.NONE)).isInstanceOf(DigestMismatchException.class);
    }

    @Test
    void anotherLengthThanPromisedIsAnErrorBeforeAnythingIsRead() {
        on(registry, exchange -> reply(exchange, 200, Arrays.copyOf(CONTENT, CONTENT.length - 1)));

        assertThatThrownBy(() -> pull(BLOB, RegistryCredentials.NONE))
                .hasMessageContaining((CONTENT.length - 1) + " bytes at the registry, but " + CONTENT.length);
        assertThat(seen).hasSize(1);
    }

    @Test
    void moreBytesThanPromisedAreNotRead() {
        on(registry, exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(CONTENT);
            exchange.getResponseBody().write(CONTENT);
        });

        assertThatThrownBy(() -> pull(BLOB, RegistryCredentials.NONE)).hasMessageContaining("is longer than");
    }

    @Test
    void anErrorThatPassesIsTriedAgainAndOneThatStaysIsNot() throws Exception {
        var requests = new AtomicInteger();
        on(registry, exchange -> {
            if (requests.incrementAndGet() == 1) {
                reply(exchange, 500, new byte[0]);
            } else {
                reply(exchange, 200, CONTENT);
            }
        });
        assertThat(pull(BLOB, RegistryCredentials.NONE)).isEqualTo(CONTENT);
        assertThat(requests).hasValue(2);

        HttpServer refusing = server();
        on(refusing, exchange -> reply(exchange, 403, "no entry".getBytes(StandardCharsets.UTF_8)));
        seen.clear();
        var elsewhere = ImageReference.parse(host(refusing) + "/team/app:1");
        assertThatThrownBy(() -> client.blob(elsewhere, BLOB, RegistryCredentials.NONE, new Inquiry()))
                .hasMessageContaining("no entry")
                .hasMessageEndingWith("access denied");
        assertThat(seen).hasSize(1);
    }

    @Test
    void theRegistryIsAskedWhenItsMirrorHasNotGotIt() throws Exception {
        HttpServer mirror = server();
        on(mirror, exchange -> reply(exchange, 404, new byte[0]));
        on(registry, exchange -> reply(exchange, 200, CONTENT));
        try (var mirrored = client(Map.of(host(registry), List.of(URI.create("http://" + host(mirror)))));
                InputStream stream = mirrored.blob(image(), BLOB, RegistryCredentials.NONE, new Inquiry())) {
            assertThat(stream.readAllBytes()).isEqualTo(CONTENT);
        }
        assertThat(seen).hasSize(2);
    }

    @Test
    void aManifestWithOtherBytesThanItsDigestIsAnError() throws Exception {
        on(registry, exchange -> reply(exchange, 200, "{}".getBytes(StandardCharsets.UTF_8)));
        ImageReference pinned = image().withDigest(BLOB.digest());

        assertThatThrownBy(() -> client.manifest(pinned, RegistryCredentials.NONE, new Inquiry()))
                .hasMessageStartingWith("http://" + host(registry) + " answers with other bytes than were asked for")
                .hasCauseInstanceOf(DigestMismatchException.class);
    }

    @Test
    void aMirrorWithOtherBytesIsNamedEvenIfTheRegistryIsAway() throws Exception {
        HttpServer mirror = server();
        on(mirror, exchange -> reply(exchange, 200, "{}".getBytes(StandardCharsets.UTF_8)));
        ImageReference pinned = image().withDigest(BLOB.digest());
        registry.stop(0);

        try (var mirrored = client(Map.of(host(registry), List.of(URI.create("http://" + host(mirror)))))) {
            assertThatThrownBy(() -> mirrored.manifest(pinned, RegistryCredentials.NONE, new Inquiry()))
                    .hasMessageStartingWith("cannot connect to http://" + host(registry))
                    .hasMessageContaining("Of its mirrors: http://" + host(mirror)
                            + " answers with other bytes than were asked for: content does not match its digest: expected "
                            + BLOB.digest());
        }
    }
}
