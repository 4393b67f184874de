package org.buildengine.snapshotter;

import java.util.Arrays;
import java.util.Optional;

/** What a record of the cache is, in the words that BuildKit's clients know and filter by. */
public enum RecordType {
    REGULAR(0, "regular"),
    INTERNAL(1, "internal"),
    LOCAL_SOURCE(2, "source.local"),
    CACHE_MOUNT(3, "exec.cachemount");

    private final byte code;
    private final String text;

    RecordType(int code, String text) {
        this.code = (byte) code;
        this.text = text;
    }

    /** Stands for it on disk. */
    public byte code() {
        return code;
    }

    /** The type with this code; empty if a newer version wrote it. */
    public static Optional<RecordType> ofCode(byte code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }

    /** Stands for it in the API. */
    @Override
    public String toString() {
        return text;
    }
}
