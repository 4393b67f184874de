package org.buildengine.session.attachables;

import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.HostException;
import org.buildengine.session.tree.CallWatch;
import org.buildengine.session.tree.Statuses;
import org.buildengine.session.wire.secrets.GetSecretRequest;
import org.buildengine.session.wire.secrets.SecretsGrpc;

/** Asks a client for secrets by URI ({@code env://}, {@code file://}, {@code cmd://} and others). May be used by any thread. */
public final class HostSecrets {
    private static final String METHOD = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final Attachables client;

    /** Asks the given client. */
    public HostSecrets(Attachables client) {
        this.client = Objects.requireNonNull(client);
    }

    /**
     * The value of a secret. The caller keeps it off disks and logs.
     *
     * @throws HostException with the client's text if it cannot be had
     */
    public byte[] secret(String uri) throws HostException {
        client.require(METHOD, "ask for a secret");
        CallWatch watch = CallWatch.current();
        watch.waits(DEADLINE);
        try {
            return SecretsGrpc.newBlockingStub(client.channel())
                    .withDeadlineAfter(DEADLINE.toNanos(), TimeUnit.NANOSECONDS)
                    .getSecret(GetSecretRequest.newBuilder().setID(uri).build())
                    .getData()
                    .toByteArray();
        } catch (StatusRuntimeException e) {
            throw Statuses.toException(e.getStatus());
        } finally {
            watch.goesOn();
        }
    }
}
