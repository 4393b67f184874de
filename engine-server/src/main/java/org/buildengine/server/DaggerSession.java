package org.buildengine.server;

/** What belongs to one session: its clients, its secrets, what it resolved. Ends with its main client. */
public final class DaggerSession {
    private final String id;

    DaggerSession(String id) {
        this.id = id;
    }

    public String id() {
        return id;
    }
}
