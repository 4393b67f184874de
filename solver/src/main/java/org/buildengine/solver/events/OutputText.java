package org.buildengine.solver.events;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts bytes that arrive in arbitrary pieces where no UTF-8 character is cut: one that the end of a piece cuts appears
 * whole with the next piece. Used by one thread at a time.
 */
public final class OutputText {
    private static final int LONGEST = 4;

    private final int most;
    private byte[] rest = new byte[0];

    /** Pieces of {@code most} bytes at most. */
    public OutputText(int most) {
        this.most = most;
    }

    /** What can be passed on after {@code piece}: the piece itself, if it is short enough and no character is cut. */
    public List<byte[]> append(byte[] piece) {
        byte[] bytes = piece;
        if (rest.length > 0) {
            bytes = Arrays.copyOf(rest, rest.length + piece.length);
            System.arraycopy(piece, 0, bytes, rest.length, piece.length);
        }
        int whole = bytes.length - unfinished(bytes, bytes.length);
        rest = Arrays.copyOfRange(bytes, whole, bytes.length);
        if (whole == bytes.length && whole <= most) {
            return whole == 0 ? List.of() : List.of(bytes);
        }
        var pieces = new ArrayList<byte[]>();
        for (int from = 0, to; from < whole; from = to) {
            to = whole - from <= most ? whole : from + most - unfinished(bytes, from + most);
            pieces.add(Arrays.copyOfRange(bytes, from, to));
        }
        return pieces;
    }

    /** What is left of an unfinished character. */
    public List<byte[]> end() {
        List<byte[]> last = rest.length == 0 ? List.of() : List.of(rest);
        rest = new byte[0];
        return last;
    }

    /** How many of the bytes before {@code end} may begin a character that goes on. */
    private static int unfinished(byte[] bytes, int end) {
        for (int n = 1; n < LONGEST && n <= end; n++) {
            int lead = bytes[end - n] & 0xff;
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
