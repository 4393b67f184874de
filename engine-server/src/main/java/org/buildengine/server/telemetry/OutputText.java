package org.buildengine.server.telemetry;

import java.util.Arrays;

/**
 * Cuts bytes that arrive in arbitrary pieces where no UTF-8 character is cut: one that the end of a piece cuts appears
 * whole with the next piece. Used by one thread at a time.
 */
final class OutputText {
    private static final int LONGEST = 4;

    private byte[] rest = new byte[0];

    /** What can be passed on after {@code piece}: itself, if no character is cut. */
    synchronized byte[] append(byte[] piece) {
        if (rest.length == 0 && piece.length > 0 && piece[piece.length - 1] >= 0) {
            return piece;
        }
        byte[] bytes = Arrays.copyOf(rest, rest.length + piece.length);
        System.arraycopy(piece, 0, bytes, rest.length, piece.length);
        int whole = bytes.length - unfinished(bytes);
        rest = Arrays.copyOfRange(bytes, whole, bytes.length);
        return whole == bytes.length ? bytes : Arrays.copyOf(bytes, whole);
    }

    /** What is left of an unfinished character. */
    synchronized byte[] end() {
        byte[] last = rest;
        rest = new byte[0];
        return last;
    }

    /** How many bytes at the end may begin a character that goes on. */
    private static int unfinished(byte[] bytes) {
        for (int n = 1; n < LONGEST && n <= bytes.length; n++) {
            int lead = bytes[bytes.length - n] & 0xff;
            if (lead >= 0xc0) {
                return length(lead) > n ? n : 0;
            }
            if (lead < 0x80) {
                return 0;
            }
        }
        return 0;
    }

    /** Length of a character by its first byte. */
    private static int length(int lead) {
        if (lead >= 0xf0) {
            return LONGEST;
        }
        return lead >= 0xe0 ? 3 : 2;
    }
}
