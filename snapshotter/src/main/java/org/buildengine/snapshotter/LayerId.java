package org.buildengine.snapshotter;

import java.util.regex.Pattern;

/** Names a sealed layer of one store. Opaque to callers; safe as a file name. */
public record LayerId(String value) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9-]{1,64}");

    public LayerId {
        if (!VALID.matcher(value).matches()) {
            throw new IllegalArgumentException("not a layer id: \"" + value + "\"");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
