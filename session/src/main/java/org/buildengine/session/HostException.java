package org.buildengine.session;

import java.io.IOException;
import java.util.Objects;

/** A client could not give what the engine asked for, or either of them broke the protocol. The text is for the person. */
public final class HostException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Makes the exception without a cause. */
    public HostException(Reason reason, String message) {
        super(message);
        this.reason = Objects.requireNonNull(reason);
    }

    /** Makes the exception with the failure behind it. */
    public HostException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason);
    }

    /** Why it failed, for decisions; the message is for people. */
    public Reason reason() {
        return reason;
    }

    /** The closed set of reasons. */
    public enum Reason {
        /** The path, secret or login does not exist. */
        NOT_FOUND,
        /** It exists but was refused, by permissions or by policy. */
        DENIED,
        /** The file had another size than announced, or vanished. */
        CHANGED,
        /** More bytes than the asking side allows. */
        TOO_LARGE,
        /** The peer said something that the protocol forbids. */
        PROTOCOL,
        /** The client does not offer this. */
        UNSUPPORTED,
        /** The connection to the client is gone. */
        GONE,
        /** The client did not answer in time. */
        TIMEOUT,
        /** The peer reported a failure of its own. */
        REMOTE
    }
}
