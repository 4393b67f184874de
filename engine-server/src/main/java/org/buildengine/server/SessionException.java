package org.buildengine.server;

/** A request that the life cycle refuses. The message is for the person; the code is for programs. */
public final class SessionException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why, for programs. */
    public enum Code {
        /** The metadata header is missing or malformed. */
        BAD_METADATA(500),
        /** The client is too old for this engine. */
        INCOMPATIBLE_VERSION(500),
        /** Another client has this id: the secret token differs. */
        WRONG_TOKEN(500),
        /** There is no such session or client. */
        UNKNOWN(404),
        /** The session has ended or is ending; begin a new one. */
        SESSION_CLOSING(503),
        /** The engine is stopping. */
        SHUTTING_DOWN(503),
        /** The client's attachables are attached already. */
        ALREADY_ATTACHED(400),
        /** The client's attachables are needed but not there. */
        NOT_ATTACHED(500);

        private final int status;

        Code(int status) {
            this.status = status;
        }

        /** The HTTP status that goes with it. */
        public int status() {
            return status;
        }
    }

    private final Code code;
    private final String text;

    /** A refusal. */
    public SessionException(Code code, String text) {
        super(text);
        this.code = code;
        this.text = text;
    }

    /** Why, for programs. */
    public Code code() {
        return code;
    }

    /** The message, which is always there. */
    public String text() {
        return text;
    }
}
