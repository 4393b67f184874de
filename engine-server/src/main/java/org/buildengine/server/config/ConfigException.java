package org.buildengine.server.config;

/** A configuration that cannot be used; the message is for the person who wrote it. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String text;

    /** What is wrong, where, and what to do. */
    public ConfigException(String message) {
        super(message);
        this.text = message;
    }

    /** The same, with the error that was met. */
    public ConfigException(String message, Throwable cause) {
        super(message, cause);
        this.text = message;
    }

    /** The message, which is always there. */
    public String text() {
        return text;
    }
}
