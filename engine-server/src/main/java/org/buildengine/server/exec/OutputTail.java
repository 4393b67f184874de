package org.buildengine.server.exec;

import java.nio.charset.StandardCharsets;

/**
 * The last bytes of an output, for error messages. Longer output keeps its last {@value #LIMIT} bytes, whose beginning
 * is overwritten by a note of how many are missing. Used by one thread.
 */
final class OutputTail {
    static final int LIMIT = 102_400;
    private static final int FIRST = 4096;

    private byte[] ring = new byte[FIRST];
    private long total;

    void add(byte[] bytes) {
        int offset = Math.max(0, bytes.length - LIMIT);
        grow(bytes.length);
        total += offset;
        while (offset < bytes.length) {
            int at = (int) (total % ring.length);
            int n = Math.min(bytes.length - offset, ring.length - at);
            System.arraycopy(bytes, offset, ring, at, n);
            offset += n;
            total += n;
        }
    }

    private void grow(int more) {
        long needed = Math.min(LIMIT, total + more);
        if (needed <= ring.length) {
            return;
        }
        // Below the limit nothing has wrapped yet, so what is there starts at 0.
        byte[] larger = new byte[(int) Math.min(LIMIT, Math.max(needed, 4L * ring.length))];
        System.arraycopy(ring, 0, larger, 0, (int) total);
        ring = larger;
    }

    /** The text, without white space at its ends. */
    String text() {
        if (total <= LIMIT) {
            return new String(ring, 0, (int) total, StandardCharsets.UTF_8).strip();
        }
        byte[] last = new byte[LIMIT];
        int start = (int) (total % LIMIT);
        System.arraycopy(ring, start, last, 0, LIMIT - start);
        System.arraycopy(ring, 0, last, LIMIT - start, start);
        byte[] note = ("[omitting " + (total - LIMIT) + " bytes]...").getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(note, 0, last, 0, note.length);
        return new String(last, StandardCharsets.UTF_8).strip();
    }
}
