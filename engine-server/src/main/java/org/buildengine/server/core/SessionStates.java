package org.buildengine.server.core;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.server.DaggerSession;

/** The {@link SessionState} of every session that lives. Safe for use by several threads. */
public final class SessionStates {
    private final Map<DaggerSession, SessionState> states = new ConcurrentHashMap<>();

    /** The state of {@code session}; also what its jobs offer as {@link org.buildengine.server.exec.SecretSource}. */
    public SessionState of(DaggerSession session) {
        return states.computeIfAbsent(session, s -> new SessionState());
    }

    /** The session ended: forgets its secrets and what it resolved. */
    public void release(DaggerSession session) {
        states.remove(session);
    }
}
