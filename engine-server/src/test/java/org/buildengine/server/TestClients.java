package org.buildengine.server;

/** Makes clients for tests of the packages below, without a server. */
public final class TestClients {
    private TestClients() {}

    /** A session that nobody opened. */
    public static DaggerSession session(String id) {
        return new DaggerSession(id);
    }

    /** A client of {@code session}. */
    public static DaggerClient client(DaggerSession session) {
        return new DaggerClient("client of " + session.id(), session);
    }
}
