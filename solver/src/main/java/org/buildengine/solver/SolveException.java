package org.buildengine.solver;

import java.util.Optional;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** A demand ended without a result. The message is meant for the person who asked. */
public class SolveException extends Exception {
    private static final long serialVersionUID = 1L;

    /** How it ended. */
    public enum Kind {
        /** The operation failed; asking again may run it again. */
        FAILED,
        /** Nobody wanted it any more, or the engine is shutting down. */
        CANCELLED
    }

    private final Kind kind;
    private final transient @Nullable Vertex origin;

    public SolveException(Kind kind, @Nullable Vertex origin, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.origin = origin;
    }

    public Kind kind() {
        return kind;
    }

    /** The vertex that failed; not necessarily the one that was demanded. */
    public Optional<Vertex> origin() {
        return Optional.ofNullable(origin);
    }
}
