package org.buildengine.server.exec;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * Replaces secrets in a stream of bytes by {@code ***}, also where they overlap or are cut by the borders of chunks.
 * Holds back only what may still become a secret. Used by one thread.
 */
final class Scrubber {
    private static final byte[] MASK = {'*', '*', '*'};

    private final List<byte[]> secrets;
    private final boolean[] firstBytes = new boolean[256];
    private byte[] held = new byte[0];
    // Bytes of the held ones, from its start, that belong to a secret whose mask was written already.
    private int masked;

    /** Takes the secrets; the same without white space around them counts too. */
    Scrubber(Collection<byte[]> plaintexts) {
        var distinct = new TreeMap<byte[], Boolean>(Arrays::compareUnsigned);
        for (byte[] plaintext : plaintexts) {
            distinct.put(plaintext, true);
            distinct.put(trimmed(plaintext), true);
        }
        secrets = distinct.keySet().stream().filter(secret -> secret.length > 0).toList();
        secrets.forEach(secret -> firstBytes[secret[0] & 0xff] = true);
    }

    private static byte[] trimmed(byte[] text) {
        int start = 0;
        int end = text.length;
        while (start < end && isSpace(text[start])) {
            start++;
        }
        while (end > start && isSpace(text[end - 1])) {
            end--;
        }
        return Arrays.copyOfRange(text, start, end);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }

    /** What can be passed on after these bytes. */
    byte[] scrub(byte[] chunk) {
        return secrets.isEmpty() ? chunk : scan(chunk, false);
    }

    /** What was held back, at the end of the stream. */
    byte[] finish() {
        return scan(new byte[0], true);
    }

    private byte[] scan(byte[] chunk, boolean end) {
        byte[] data = Arrays.copyOf(held, held.length + chunk.length);
        System.arraycopy(chunk, 0, data, held.length, chunk.length);
        var out = new ByteArrayOutputStream(data.length);
        int at = 0;
        int secretUntil = masked;
        for (; at < data.length; at++) {
            if (firstBytes[data[at] & 0xff]) {
                if (!end && mayBecomeSecret(data, at)) {
                    break;
                }
                int length = longestMatch(data, at);
                if (length > 0) {
                    if (at >= secretUntil) {
                        out.writeBytes(MASK);
                    }
                    secretUntil = Math.max(secretUntil, at + length);
                }
            }
            if (at >= secretUntil) {
                out.write(data[at]);
            }
        }
        held = Arrays.copyOfRange(data, at, data.length);
        masked = Math.max(0, secretUntil - at);
        return out.toByteArray();
    }

    /** Whether the data end within something that looks like a secret so far. */
    private boolean mayBecomeSecret(byte[] data, int at) {
        int rest = data.length - at;
        for (byte[] secret : secrets) {
            if (secret.length > rest && Arrays.equals(secret, 0, rest, data, at, data.length)) {
                return true;
            }
        }
        return false;
    }

    private int longestMatch(byte[] data, int at) {
        int longest = 0;
        for (byte[] secret : secrets) {
            int until = at + secret.length;
            if (secret.length > longest
                    && until <= data.length
                    && Arrays.equals(secret, 0, secret.length, data, at, until)) {
                longest = secret.length;
            }
        }
        return longest;
    }
}
