package org.buildengine.server.core;

import java.util.Map;

/** An error of the API as its user sees it: a message, a stable code, and what clients read from its extensions. */
public class ApiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final transient Map<String, Object> extensions;
    private boolean late;

    /**
     * An error with extensions.
     *
     * @param code stable name of the kind of error, e.g. {@code NOT_FOUND}
     * @param message for the person: what, where, why
     * @param extensions what goes into the {@code extensions} of the GraphQL error; may be empty
     */
    public ApiException(String code, String message, Map<String, Object> extensions) {
        super(message);
        this.code = code;
        this.extensions = Map.copyOf(extensions);
    }

    public ApiException(String code, String message) {
        this(code, message, Map.of());
    }

    /**
     * Marks this as the failure of work that a field further up described and that ran only now: the answer then ends
     * in a reference to where it ran. An exception caused by a {@link org.buildengine.solver.SolveException} counts as
     * marked.
     */
    public ApiException late() {
        late = true;
        return this;
    }

    /** Whether this was {@linkplain #late() marked}. */
    public boolean isLate() {
        return late;
    }

    public String code() {
        return code;
    }

    public Map<String, Object> extensions() {
        return extensions;
    }
}
