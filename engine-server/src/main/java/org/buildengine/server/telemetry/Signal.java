package org.buildengine.server.telemetry;

/** One of the three streams that a client subscribes to. */
public enum Signal {
    TRACES("spans"),
    LOGS("logs"),
    METRICS("metrics");

    private final String event;

    Signal(String event) {
        this.event = event;
    }

    /** The name of its server-sent events. */
    String event() {
        return event;
    }
}
