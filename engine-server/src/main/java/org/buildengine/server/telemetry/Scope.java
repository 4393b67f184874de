package org.buildengine.server.telemetry;

/** The instrumentation scopes that clients know; a row begins with the code of its scope. */
enum Scope {
    SERVER(0, "dagger.io/engine.server"),
    CORE(1, "dagger.io/core"),
    RESUME(2, "dagger.io/dagql"),
    EXEC(3, "dagger.io/engine.buildkit");

    private final int code;
    private final String text;

    Scope(int code, String text) {
        this.code = code;
        this.text = text;
    }

    byte code() {
        return (byte) code;
    }

    static Scope of(byte code) {
        for (Scope scope : values()) {
            if (scope.code == code) {
                return scope;
            }
        }
        throw new IllegalArgumentException("not the code of a scope: " + code);
    }

    String text() {
        return text;
    }

    static Scope named(String text) {
        for (Scope scope : values()) {
            if (scope.text.equals(text)) {
                return scope;
            }
        }
        throw new IllegalArgumentException("not one of our scopes: " + text);
    }
}
