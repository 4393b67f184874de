package org.buildengine.snapshotter.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * That a result was removed.
 *
 * @param at when, to the second
 * @param reason why, for people
 */
public record Tombstone(Instant at, String reason) {
    byte[] encode() {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + text.length)
                .putLong(at.getEpochSecond())
                .put(text)
                .array();
    }

    static Tombstone decode(byte[] row) {
        Instant at = Instant.ofEpochSecond(ByteBuffer.wrap(row).getLong());
        return new Tombstone(at, new String(row, Long.BYTES, row.length - Long.BYTES, StandardCharsets.UTF_8));
    }
}
