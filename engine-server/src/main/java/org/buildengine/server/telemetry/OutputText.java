package org.buildengine.server.telemetry;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Bytes that arrive in arbitrary pieces, as text: a character cut by the end of a piece appears with the next one,
 * bytes that are no UTF-8 appear as U+FFFD. Used by one thread at a time.
 */
final class OutputText {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] rest = new byte[0];

    synchronized String append(byte[] piece) {
        return decode(piece, false);
    }

    /** What is left of an unfinished character. */
    synchronized String end() {
        return decode(new byte[0], true);
    }

    private String decode(byte[] piece, boolean last) {
        if (rest.length == 0 && piece.length > 0 && piece[piece.length - 1] >= 0) {
            // Nothing is cut at either end: no decoder that remembers is needed, and this one is much faster.
            return new String(piece, StandardCharsets.UTF_8);
        }
        ByteBuffer in = ByteBuffer.allocate(rest.length + piece.length)
                .put(rest)
                .put(piece)
                .flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, last);
        rest = new byte[in.remaining()];
        in.get(rest);
        return out.flip().toString();
    }
}
