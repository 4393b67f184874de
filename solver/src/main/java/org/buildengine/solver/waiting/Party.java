package org.buildengine.solver.waiting;

import org.buildengine.snapshotter.Waiter;
import org.buildengine.solver.op.Vertex;

/**
 * One who waits, or is waited for.
 *
 * @param id tells it from others of its kind
 * @param name for people
 */
public record Party(Kind kind, String id, String name) implements Waiter {
    /** The engine itself: its queues. */
    public static final Party ENGINE = new Party(Kind.ENGINE, "", "the engine");

    /** What there is. */
    public enum Kind {
        /** A client of a session, or the machine that it runs on. */
        CLIENT,
        /** A step; its id is that of its recipe. */
        STEP,
        ENGINE,
        /** A registry; its id is the name of the host. */
        REGISTRY,
        /** A session with all its clients. */
        SESSION
    }

    public static Party client(String name) {
        return new Party(Kind.CLIENT, name, name);
    }

    public static Party step(Vertex vertex) {
        return new Party(Kind.STEP, vertex.recipe().hex(), vertex.op().describe());
    }

    public static Party session(String id) {
        return new Party(Kind.SESSION, id, "session " + id);
    }

    public static Party registry(String host) {
        return new Party(Kind.REGISTRY, host, host);
    }
}
