package org.buildengine.solver.evidence;

import java.nio.ByteBuffer;

/**
 * A run, by its number in the log that has what it printed.
 *
 * @param build the number of the build whose log it is
 * @param run from 1, within that log
 */
public record RunNumber(long build, int run) {
    /** So many bytes it has in rows. */
    static final int LENGTH = Long.BYTES + Integer.BYTES;

    byte[] toBytes() {
        return ByteBuffer.allocate(LENGTH).putLong(build).putInt(run).array();
    }

    static RunNumber of(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new RunNumber(in.getLong(), in.getInt());
    }
}
