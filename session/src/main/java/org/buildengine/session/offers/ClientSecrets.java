package org.buildengine.session.offers;

import com.google.protobuf.ByteString;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.tree.Statuses;
import org.buildengine.session.wire.secrets.GetSecretRequest;
import org.buildengine.session.wire.secrets.GetSecretResponse;
import org.buildengine.session.wire.secrets.SecretsGrpc;

/**
 * Resolves secrets by URI: {@code env://NAME}, {@code file://PATH}, {@code cmd://COMMAND LINE} (run by {@code sh -c}, its
 * output taken as it is). Stateless.
 */
public final class ClientSecrets {
    private static final int MAX_SECRET = 3 * 1024 * 1024;
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(100);

    private final HostPaths paths;
    private final Map<String, String> environment;

    /** Resolves with these paths and this environment. */
    public ClientSecrets(HostPaths paths, Map<String, String> environment) {
        this.paths = Objects.requireNonNull(paths);
        this.environment = Map.copyOf(environment);
    }

    /** The service to offer. */
    public ServerServiceDefinition service() {
        return new SecretsGrpc.SecretsImplBase() {
            @Override
            public void getSecret(GetSecretRequest request, StreamObserver<GetSecretResponse> observer) {
                Unary.answer(
                        observer,
                        () -> GetSecretResponse.newBuilder()
                                .setData(resolve(request.getID()))
                                .build());
            }
        }.bindService();
    }

    private ByteString resolve(String uri) throws IOException, InterruptedException {
        int colon = uri.indexOf("://");
        if (colon < 0) {
            throw new HostException(
                    Reason.REMOTE, "a secret must be named as env://NAME, file://PATH or cmd://COMMAND");
        }
        String rest = uri.substring(colon + 3);
        return switch (uri.substring(0, colon)) {
            case "env" -> fromEnvironment(rest);
            case "file" -> fromFile(rest);
            case "cmd" -> fromCommand(rest);
            default ->
                throw new HostException(
                        Reason.REMOTE,
                        "unsupported secret provider: \"" + uri.substring(0, colon)
                                + "\"; this client has env://, file:// and cmd://");
        };
    }

    private ByteString fromEnvironment(String name) throws HostException {
        String value = environment.get(name);
        if (value == null) {
            // People paste values where names belong, so only the beginning is repeated.
            throw new HostException(Reason.REMOTE, "secret env var not found: \"" + shortened(name) + "\"");
        }
        return ByteString.copyFromUtf8(value);
    }

    private ByteString fromFile(String path) throws HostException {
        try (InputStream in = Files.newInputStream(paths.absolute(path))) {
            byte[] value = in.readNBytes(MAX_SECRET + 1);
            if (value.length > MAX_SECRET) {
                throw new HostException(
                        Reason.TOO_LARGE, "secret file \"" + path + "\" is larger than " + MAX_SECRET + " bytes");
            }
            return ByteString.copyFrom(value);
        } catch (HostException e) {
            throw e;
        } catch (IOException e) {
            throw new HostException(
                    Reason.REMOTE, "failed to read secret file \"" + path + "\": " + Statuses.describe(e), e);
        }
    }

    private ByteString fromCommand(String line) throws IOException, InterruptedException {
        Path directory = paths.absolute("");
        HostCommand.Output output = HostCommand.run(List.of("sh", "-c", line), directory, "", COMMAND_LIMIT);
        if (output.exitCode() != 0) {
            throw new HostException(
                    Reason.REMOTE, "the command of a cmd:// secret ended with exit code " + output.exitCode());
        }
        return output.text();
    }

    private static String shortened(String name) {
        return name.length() <= 3 ? name : name.substring(0, 3) + "...";
    }
}
