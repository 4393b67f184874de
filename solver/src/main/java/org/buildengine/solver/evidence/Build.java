package org.buildengine.solver.evidence;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * One build of which evidence is kept.
 *
 * @param number of the build, in the order in which they began
 * @param id what it is called
 * @param ended empty while it lasts, and if the engine died before it ended
 * @param died whether the engine did
 */
public record Build(long number, String id, Instant started, Optional<Instant> ended, boolean died) {
    /** Whether it has not ended yet. */
    public boolean lasts() {
        return ended.isEmpty() && !died;
    }

    byte[] key() {
        return key(number);
    }

    static byte[] key(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    byte[] encode() {
        var bytes = new ByteArrayOutputStream(64);
        try (var out = new DataOutputStream(bytes)) {
            out.writeUTF(id);
            out.writeLong(started.toEpochMilli());
            out.writeLong(ended.map(Instant::toEpochMilli).orElse(-1L));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a row.
     *
     * @param earlier the number of the last build of an engine before this one
     */
    static Build decode(byte[] key, byte[] row, long earlier) throws IOException {
        try (var in = new DataInputStream(new ByteArrayInputStream(row))) {
            String id = in.readUTF();
            Instant started = Instant.ofEpochMilli(in.readLong());
            long end = in.readLong();
            long number = ByteBuffer.wrap(key).getLong();
            Optional<Instant> ended = end < 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(end));
            return new Build(number, id, started, ended, ended.isEmpty() && number <= earlier);
        }
    }
}
