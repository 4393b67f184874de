package org.buildengine.server.core;

import org.buildengine.server.DaggerSession;

/** Finds the {@link SessionState} of a session. It lives and ends with the session. Safe for use by several threads. */
public final class SessionStates {
    /** The state of {@code session}; also what its jobs offer as {@link org.buildengine.server.exec.SecretSource}. */
    public SessionState of(DaggerSession session) {
        return session.part(SessionState.class, SessionState::new);
    }
}
