package org.buildengine.server.core;

import org.buildengine.server.DaggerSession;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore;

/** Keeps for a session what it got of the store: nothing that a session has seen is collected while it lasts. */
public final class SessionOwner {
    private SessionOwner() {}

    /**
     * The owner of this session, which is closed with it.
     *
     * @throws IllegalStateException if the session has ended
     */
    public static Owner of(DaggerSession session, ResultStore results) {
        return session.part(Owner.class, () -> results.owner("session " + session.id()));
    }
}
