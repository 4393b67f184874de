package org.buildengine.cli.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.buildengine.client.ClientIdentity;
import org.buildengine.client.EngineAddress;
import org.buildengine.client.EngineSession;
import org.buildengine.client.OfferAttacher;
import org.buildengine.client.QueryException;
import org.buildengine.client.SessionOptions;
import org.buildengine.client.TraceContext;
import org.buildengine.client.telemetry.TelemetryListener;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.offers.OfferedMethods;
import org.buildengine.session.offers.StandardOffers;

/** A session of this virtual machine with an engine, and short questions to it. */
record Client(EngineSession session) implements AutoCloseable {
    /** Opens a session that offers nothing but to say that it is there. */
    static Client open(String address) throws IOException {
        return open(address, new OfferAttacher(List.of("grpc.health.v1.Health/Check"), List::of));
    }

    /** Opens a session that offers the files of a directory, as the commands do. */
    static Client open(String address, Path workdir) throws IOException {
        return open(
                address,
                new OfferAttacher(
                        OfferedMethods.STANDARD,
                        () -> StandardOffers.of(new HostPaths(workdir, workdir), Map.of(), workdir)));
    }

    private static Client open(String address, OfferAttacher attacher) throws IOException {
        return new Client(EngineSession.open(
                EngineAddress.parse(address),
                new SessionOptions(
                        ClientIdentity.create("test", "v0.21.8", Map.of()),
                        TraceContext.from(Map.of()),
                        attacher,
                        TelemetryListener.ignoring(),
                        SessionOptions.OPEN_TIMEOUT,
                        SessionOptions.SHUTDOWN_TIMEOUT)));
    }

    /** Asks for one value. {@code fields} are the selections down to it; what they leave open is closed here. */
    String ask(String fields) throws IOException, QueryException {
        JsonNode value = session.query(document(fields), Map.of());
        while (value.isObject()) {
            value = value.elements().next();
        }
        return value.asText();
    }

    /** The whole document for some selections. */
    static String document(String fields) {
        long open = fields.chars().filter(c -> c == '{').count()
                - fields.chars().filter(c -> c == '}').count();
        return "{ " + fields + " }".repeat((int) open + 1);
    }

    @Override
    public void close() {
        session.close();
    }
}
