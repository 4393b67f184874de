package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import org.buildengine.session.ClientMetadata;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.waiting.Waits;

/** Makes clients for tests of the packages below, without a server. */
public final class TestClients {
    private TestClients() {}

    /** A session that nobody opened. */
    public static DaggerSession session(String id) {
        SessionTimes times = SessionTimes.defaults();
        return new DaggerSession(id, times, new Sessions(times, new Waits(InstantSource.system())));
    }

    /** The main client of a new session, with a request that never ends. */
    public static DaggerClient open(Sessions sessions, String session, String id) {
        var metadata = ClientMetadata.of(id, "token", session, CompatibleVersion.TEXT);
        try {
            return sessions.enter(metadata).client();
        } catch (SessionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Begins the end of a session. */
    public static void end(DaggerSession session) {
        assertThat(session.drain(Cancellation.CLIENT_ENDED)).isTrue();
    }

    /** Releases what hangs on a session without requests, as the end of its teardown does. */
    public static void tearDown(DaggerSession session) {
        end(session);
        session.parts().release().forEach(session.parts()::run);
    }

    /** A client of {@code session}, with a request that never ends. */
    public static DaggerClient client(DaggerSession session) {
        return client(session, "client of " + session.id());
    }

    /** The same with an id; the first one is the session's main client. */
    public static DaggerClient client(DaggerSession session, String id) {
        var metadata = ClientMetadata.of(id, "token", session.id(), CompatibleVersion.TEXT);
        try {
            return session.enter(metadata, Lease.Kind.REQUEST).client();
        } catch (SessionException e) {
            throw new IllegalStateException(e);
        }
    }
}
