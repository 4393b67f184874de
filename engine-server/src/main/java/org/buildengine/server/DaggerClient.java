package org.buildengine.server;

/** What belongs to one client of a session: who it is and what it offers. */
public final class DaggerClient {
    private final String id;
    private final DaggerSession session;

    DaggerClient(String id, DaggerSession session) {
        this.id = id;
        this.session = session;
    }

    public String id() {
        return id;
    }

    public DaggerSession session() {
        return session;
    }
}
