package org.buildengine.server.core;

import java.util.Map;

/** An error of the API as its user sees it: a message, a stable code, and what clients read from its extensions. */
public class ApiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final transient Map<String, Object> extensions;

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

    public String code() {
        return code;
    }

    public Map<String, Object> extensions() {
        return extensions;
    }
}
