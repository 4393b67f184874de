package org.buildengine.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers a registry's demand for a login: basic, or a token from the server that the demand names. What was answered
 * well is kept per registry and scope as long as it lasts. Anonymous tokens are shared; what came from a login is found
 * again only by the same login, so that nobody reads with somebody else's rights. Safe for several threads.
 */
final class Authenticator {
    private static final Pattern PARAMETER = Pattern.compile("([A-Za-z_]+)=(?:\"([^\"]*)\"|([^\\s,]+))");
    private static final Duration ASSUMED_LIFE = Duration.ofSeconds(60);
    private static final int MAX_TOKEN_BODY = 1 << 20;
    private static final int MAX_KEPT = 1000;

    private final TimedRequests requests;
    private final RegistrySettings settings;
    private final Map<Key, Token> anonymous = new ConcurrentHashMap<>();
    private final Map<Key, Token> personal = new ConcurrentHashMap<>();

    Authenticator(TimedRequests requests, RegistrySettings settings) {
        this.requests = requests;
        this.settings = settings;
    }

    private record Key(String authority, String scope, Optional<RegistryCredentials.Login> login) {}

    private record Token(String header, long expiresNanos) {
        boolean alive() {
            return System.nanoTime() - expiresNanos < 0;
        }
    }

    private record Challenge(String scheme, Map<String, String> parameters) {}

    /** A header that anybody may send, from an earlier demand. */
    Optional<String> known(HttpExchange.Target target) {
        Token token = anonymous.get(new Key(authority(target), target.scope(), Optional.empty()));
        return token != null && token.alive() ? Optional.of(token.header()) : Optional.empty();
    }

    /**
     * The header that answers the demand.
     *
     * @param sent what was sent and refused
     * @return empty if the demand needs a login and none is known
     */
    Optional<String> answer(
            HttpExchange.Target target,
            HttpResponse<?> refusal,
            Optional<String> sent,
            RegistryCredentials credentials,
            Deadline deadline)
            throws IOException, InterruptedException {
        if (!HttpExchange.sameOrigin(refusal.uri(), target.uri())) {
            // A redirect led away from the registry: what stands there may not ask for the registry's login.
            return Optional.empty();
        }
        sent.ifPresent(
                header -> anonymous.values().removeIf(token -> token.header().equals(header)));
        Challenge challenge = challenge(refusal.headers().allValues("WWW-Authenticate"))
                .orElseThrow(() -> new RegistryException(
                        401, target.uri() + ": 401 Unauthorized without a usable WWW-Authenticate header"));
        Optional<RegistryCredentials.Login> login =
                credentials.login(target.endpoint().credentialHost());
        if (challenge.scheme().equals("basic")) {
            return login.map(Authenticator::basic);
        }
        var key = new Key(authority(target), target.scope(), login);
        Token kept = personal.get(key);
        if (kept != null && kept.alive()) {
            return Optional.of(kept.header());
        }
        Token token = fetch(target, challenge, login, deadline);
        Map<Key, Token> keep = login.isPresent() ? personal : anonymous;
        if (keep.size() >= MAX_KEPT) {
            keep.clear();
        }
        keep.put(key, token);
        return Optional.of(token.header());
    }

    private static String authority(HttpExchange.Target target) {
        return target.uri().getAuthority().toLowerCase(Locale.ROOT);
    }

    private Token fetch(
            HttpExchange.Target target,
            Challenge challenge,
            Optional<RegistryCredentials.Login> login,
            Deadline deadline)
            throws IOException, InterruptedException {
        URI realm = realm(target, challenge, login.isPresent());
        var query = new StringBuilder(realm.getRawQuery() == null ? "" : realm.getRawQuery() + "&");
        String service = challenge.parameters().get("service");
        if (service != null) {
            query.append("service=").append(encode(service)).append('&');
        }
        query.append("scope=").append(encode(challenge.parameters().getOrDefault("scope", target.scope())));
        URI uri = URI.create(realm.toString().replaceFirst("[?#].*$", "") + "?" + query);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        login.ifPresent(known -> request.header("Authorization", basic(known)));
        HttpResponse<InputStream> response = requests.send(request, target, deadline);
        try (InputStream body = requests.body(response, deadline)) {
            if (response.statusCode() != 200) {
                throw new RegistryException(
                        response.statusCode(),
                        "the token server " + uri.getAuthority()
                                + " refused " + (login.isPresent() ? "the login" : "an anonymous request") + " for "
                                + target.scope() + ": status " + response.statusCode());
            }
            return token(body.readNBytes(MAX_TOKEN_BODY), uri);
        }
    }

    private static Token token(byte[] body, URI from) throws IOException {
        JsonNode json = Documents.object(body, "answer of the token server " + from.getAuthority());
        String token = json.path("token").asText(json.path("access_token").asText(""));
        if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new IOException("the token server " + from.getAuthority() + " gave no usable token");
        }
        long seconds = json.path("expires_in").asLong(ASSUMED_LIFE.toSeconds());
        // Given up a little early, since a download that begins with it still has to be accepted.
        long life = Math.max(0, Math.min(seconds, 24 * 3600) - 10);
        return new Token(
                "Bearer " + token, System.nanoTime() + Duration.ofSeconds(life).toNanos());
    }

    private URI realm(HttpExchange.Target target, Challenge challenge, boolean withLogin) throws IOException {
        String text = challenge.parameters().getOrDefault("realm", "");
        URI realm;
        try {
            realm = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(target.uri() + ": names \"" + text + "\" as its token server, which is not a URL", e);
        }
        boolean encrypted = "https".equals(realm.getScheme());
        if (!HttpExchange.isWeb(realm)) {
            throw new IOException(target.uri() + ": names \"" + text + "\" as its token server, which is not a URL");
        }
        boolean trusted = encrypted || (settings.plain(realm.getAuthority()) && !encrypted(target));
        if (!trusted && (withLogin || encrypted(target))) {
            throw new IOException(target.uri() + ": its token server " + realm.getAuthority()
                    + " is not encrypted; a login is not sent there");
        }
        return realm;
    }

    private static boolean encrypted(HttpExchange.Target target) {
        return "https".equals(target.uri().getScheme());
    }

    private static Optional<Challenge> challenge(List<String> headers) {
        Optional<Challenge> basic = Optional.empty();
        for (String header : headers) {
            String[] parts = header.strip().split("\\s+", 2);
            String scheme = parts[0].toLowerCase(Locale.ROOT);
            var parameters = new LinkedHashMap<String, String>();
            Matcher matcher = PARAMETER.matcher(parts.length > 1 ? parts[1] : "");
            while (matcher.find()) {
                String value = matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
                parameters.put(matcher.group(1).toLowerCase(Locale.ROOT), value);
            }
            if (scheme.equals("bearer")) {
                return Optional.of(new Challenge(scheme, parameters));
            }
            if (scheme.equals("basic")) {
                basic = Optional.of(new Challenge(scheme, parameters));
            }
        }
        return basic;
    }

    private static String basic(RegistryCredentials.Login login) {
        byte[] pair = (login.username() + ":" + login.password()).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
