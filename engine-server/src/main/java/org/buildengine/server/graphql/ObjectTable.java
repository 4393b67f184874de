package org.buildengine.server.graphql;

import java.util.Optional;
import org.buildengine.server.DaggerSession;
import org.buildengine.server.core.CoreObject;

/**
 * The objects whose ids were given out, engine-wide: one number per type and digest. An object is kept while a session
 * that saw it lives. Safe for use by several threads.
 */
public final class ObjectTable {
    /** The number of {@code object}, which lives at least as long as {@code session} from now on. */
    public long put(DaggerSession session, CoreObject object) {
        return 0;
    }

    /** The object behind a number, which {@code session} keeps from now on. */
    public Optional<CoreObject> get(DaggerSession session, long number) {
        return Optional.empty();
    }

    /** The session ended: what no other session saw is dropped. */
    public void release(DaggerSession session) {}
}
