package org.buildengine.snapshotter.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.buildengine.snapshotter.RemovedResult;

/** The row that says that a result was removed: seconds since 1970, {@link #SIZED} and bytes, and the policy. */
final class Tombstone {
    /** No text begins with this byte, which rows without a size have in its place. */
    private static final byte SIZED = (byte) 0xff;

    private Tombstone() {}

    static byte[] encode(RemovedResult removed) {
        byte[] text = removed.policy().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 * Long.BYTES + 1 + text.length)
                .putLong(removed.at().getEpochSecond())
                .put(SIZED)
                .putLong(removed.bytes())
                .put(text)
                .array();
    }

    static RemovedResult decode(byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        Instant at = Instant.ofEpochSecond(in.getLong());
        long bytes = 0;
        if (in.remaining() > Long.BYTES && row[in.position()] == SIZED) {
            in.get();
            bytes = in.getLong();
        }
        return new RemovedResult(at, StandardCharsets.UTF_8.decode(in).toString(), bytes);
    }
}
