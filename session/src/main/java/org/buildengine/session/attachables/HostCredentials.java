package org.buildengine.session.attachables;

import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.tree.CallWatch;
import org.buildengine.session.tree.Statuses;
import org.buildengine.session.wire.auth.AuthGrpc;
import org.buildengine.session.wire.auth.CredentialsRequest;
import org.buildengine.session.wire.auth.CredentialsResponse;

/** Asks a client for logins to registries. Nothing is remembered. May be used by any thread. */
public final class HostCredentials {
    private static final String METHOD = "/moby.filesync.v1.Auth/Credentials";
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private final Attachables client;

    /** Asks the given client. */
    public HostCredentials(Attachables client) {
        this.client = Objects.requireNonNull(client);
    }

    /**
     * A login.
     *
     * @param username empty if the secret is an identity token
     * @param secret password or token; never log it
     */
    public record Login(String username, String secret) {
        /** Hides the secret. */
        @Override
        public String toString() {
            return "Login[" + username + "]";
        }
    }

    /**
     * The client's login for a registry host ({@code registry-1.docker.io} for Docker Hub); empty to go on without one,
     * also when the client offers no logins.
     */
    public Optional<Login> login(String host) throws HostException {
        if (client.isOpen() && !client.supports(METHOD)) {
            return Optional.empty();
        }
        client.require(METHOD, "ask for the login to " + host);
        CallWatch watch = CallWatch.current();
        watch.waits(DEADLINE);
        try {
            CredentialsResponse answer = AuthGrpc.newBlockingStub(client.channel())
                    .withDeadlineAfter(DEADLINE.toNanos(), TimeUnit.NANOSECONDS)
                    .credentials(CredentialsRequest.newBuilder().setHost(host).build());
            boolean anonymous =
                    answer.getUsername().isEmpty() && answer.getSecret().isEmpty();
            return anonymous ? Optional.empty() : Optional.of(new Login(answer.getUsername(), answer.getSecret()));
        } catch (StatusRuntimeException e) {
            HostException failure = Statuses.toException(e.getStatus());
            if (failure.reason() == Reason.NOT_FOUND || failure.reason() == Reason.UNSUPPORTED) {
                return Optional.empty();
            }
            throw failure;
        } finally {
            watch.goesOn();
        }
    }
}
