package org.buildengine.solver.op;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.buildengine.snapshotter.Digest;

/**
 * The canonical encoding that all keys are made of: every value is preceded by its kind and its length, so that no two
 * different sequences of values encode alike. Used by one thread, once.
 */
public final class KeyEncoder {
    private static final byte TEXT = 1;
    private static final byte NUMBER = 2;
    private static final byte FLAG = 3;
    private static final byte LIST = 4;
    private static final byte MAP = 5;
    private static final byte DIGEST = 6;

    private final MessageDigest sha256 = Digest.sha256();

    public KeyEncoder text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        head(TEXT, utf8.length);
        sha256.update(utf8);
        return this;
    }

    public KeyEncoder number(long value) {
        head(NUMBER, value);
        return this;
    }

    public KeyEncoder flag(boolean value) {
        head(FLAG, value ? 1 : 0);
        return this;
    }

    /** A list of texts; its order counts. */
    public KeyEncoder texts(List<String> values) {
        list(values.size());
        values.forEach(this::text);
        return this;
    }

    /** A map of texts; its order does not count. */
    public KeyEncoder texts(Map<String, String> values) {
        head(MAP, values.size());
        new TreeMap<>(values).forEach((name, value) -> text(name).text(value));
        return this;
    }

    /** Starts a list of {@code size} elements, which the caller encodes next. */
    public KeyEncoder list(int size) {
        head(LIST, size);
        return this;
    }

    public KeyEncoder digest(Digest value) {
        head(DIGEST, Digest.LENGTH);
        value.update(sha256);
        return this;
    }

    /** Ends the encoding. */
    public Digest finish() {
        return Digest.finish(sha256);
    }

    private void head(byte kind, long value) {
        sha256.update(ByteBuffer.allocate(9).put(kind).putLong(value).flip());
    }
}
