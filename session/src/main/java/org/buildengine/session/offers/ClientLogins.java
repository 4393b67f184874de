package org.buildengine.session.offers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.wire.auth.AuthGrpc;
import org.buildengine.session.wire.auth.CredentialsRequest;
import org.buildengine.session.wire.auth.CredentialsResponse;

/**
 * Gives the logins that {@code docker login} left: from the {@code auths} of Docker's configuration or from the credential
 * helper it names. No login is an empty answer. The file is read at each question. Tokens are left to the engine.
 */
public final class ClientLogins {
    private static final String DOCKER_HUB = "registry-1.docker.io";
    private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";
    private static final Duration HELPER_LIMIT = Duration.ofSeconds(50);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path configuration;

    /** Reads Docker's configuration at the given place. */
    public ClientLogins(Path configuration) {
        this.configuration = Objects.requireNonNull(configuration);
    }

    /** The usual place: {@code $DOCKER_CONFIG/config.json}, else {@code ~/.docker/config.json}. */
    public static Path usualPlace(Map<String, String> environment, Path home) {
        String directory = environment.getOrDefault("DOCKER_CONFIG", "");
        return (directory.isEmpty() ? home.resolve(".docker") : Path.of(directory)).resolve("config.json");
    }

    /** The service to offer. */
    public ServerServiceDefinition service() {
        ServerServiceDefinition all = new AuthGrpc.AuthImplBase() {
            @Override
            public void credentials(CredentialsRequest request, StreamObserver<CredentialsResponse> observer) {
                Unary.answer(observer, () -> lookUp(request.getHost()));
            }
        }.bindService();
        // The token methods are not announced, so that no engine counts on them.
        return ServerServiceDefinition.builder(AuthGrpc.SERVICE_NAME)
                .addMethod(Objects.requireNonNull(
                        all.getMethod(AuthGrpc.getCredentialsMethod().getFullMethodName())))
                .build();
    }

    private CredentialsResponse lookUp(String host) throws IOException, InterruptedException {
        String key = host.equals(DOCKER_HUB) ? DOCKER_HUB_KEY : host;
        JsonNode config = read();
        String helper = config.path("credHelpers").path(key).asText("");
        helper = helper.isEmpty() ? config.path("credsStore").asText("") : helper;
        if (!helper.isEmpty()) {
            return fromHelper(helper, key);
        }
        return fromFile(entryFor(config.path("auths"), key));
    }

    private JsonNode read() throws HostException {
        try {
            return JSON.readTree(Files.readAllBytes(configuration));
        } catch (NoSuchFileException e) {
            return JSON.createObjectNode();
        } catch (JsonProcessingException e) {
            // Without the cause: a parser quotes what it stumbles over, and that may be a password.
            throw new HostException(Reason.REMOTE, configuration + " is not valid JSON; repair it or log in again");
        } catch (IOException e) {
            throw new HostException(Reason.REMOTE, configuration + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The entry for a host; old files have keys with scheme and path. */
    private static JsonNode entryFor(JsonNode auths, String key) {
        if (auths.has(key)) {
            return auths.path(key);
        }
        for (Map.Entry<String, JsonNode> entry : auths.properties()) {
            String name = entry.getKey().replaceFirst("^https?://", "");
            int slash = name.indexOf('/');
            if ((slash < 0 ? name : name.substring(0, slash)).equals(key)) {
                return entry.getValue();
            }
        }
        return JSON.missingNode();
    }

    private CredentialsResponse fromFile(JsonNode entry) throws HostException {
        String token = entry.path("identitytoken").asText("");
        if (!token.isEmpty()) {
            return login("", token);
        }
        String username = entry.path("username").asText("");
        String password = entry.path("password").asText("");
        String auth = entry.path("auth").asText("");
        if (auth.isEmpty()) {
            return login(username, password);
        }
        try {
            String pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            if (colon > 0) {
                return login(pair.substring(0, colon), pair.substring(colon + 1).replaceFirst("\\x00+$", ""));
            }
        } catch (IllegalArgumentException notBase64) {
            throw damaged();
        }
        throw damaged();
    }

    private HostException damaged() {
        return new HostException(Reason.REMOTE, "a login in " + configuration + " is damaged; log in again");
    }

    private CredentialsResponse fromHelper(String helper, String key) throws IOException, InterruptedException {
        if (!helper.matches("[A-Za-z0-9._-]+")) {
            throw new HostException(
                    Reason.REMOTE, configuration + " names a credential helper that is no name: " + helper);
        }
        String program = "docker-credential-" + helper;
        HostCommand.Output output;
        try {
            output = HostCommand.run(List.of(program, "get"), Path.of("/"), key, HELPER_LIMIT);
        } catch (HostException e) {
            throw e;
        } catch (IOException e) {
            throw new HostException(
                    Reason.REMOTE,
                    program + ", which " + configuration
                            + " names, cannot be started; install it or remove it from there",
                    e);
        }
        String text = output.text().toStringUtf8();
        if (output.exitCode() != 0) {
            if (text.contains("credentials not found")) {
                return CredentialsResponse.getDefaultInstance();
            }
            throw new HostException(Reason.REMOTE, program + " ended with exit code " + output.exitCode());
        }
        try {
            JsonNode answer = JSON.readTree(text);
            String username = answer.path("Username").asText("");
            return login(
                    username.equals("<token>") ? "" : username,
                    answer.path("Secret").asText(""));
        } catch (JsonProcessingException e) {
            throw new HostException(Reason.REMOTE, program + " did not answer with JSON");
        }
    }

    private static CredentialsResponse login(String username, String secret) {
        return CredentialsResponse.newBuilder()
                .setUsername(username)
                .setSecret(secret)
                .build();
    }
}
