package org.buildengine.snapshotter.tree;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.buildengine.snapshotter.TreeException;

/**
 * Names and paths as text and as bytes. Linux names are bytes; those that are not UTF-8 keep each odd byte {@code b} as
 * the lone surrogate {@code U+DC00 + b}, so that nothing is lost on the way through a {@link String}.
 */
public final class Names {
    /** Longest name in bytes. */
    public static final int NAME_MAX = 255;

    /** Longest path in bytes. */
    public static final int PATH_MAX = 4095;

    private static final int ESCAPE = 0xDC00;

    private Names() {}

    /** The text of raw bytes. */
    public static String decode(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] < 0) {
                return decodeWide(bytes, offset, length);
            }
        }
        return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
    }

    private static String decodeWide(byte[] bytes, int offset, int length) {
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
        CharBuffer out = CharBuffer.allocate(length);
        while (true) {
            var result = decoder.decode(in, out, true);
            if (!result.isError()) {
                return out.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (ESCAPE + Byte.toUnsignedInt(in.get())));
            }
            decoder.reset();
        }
    }

    /** The raw bytes of text; the reverse of {@link #decode}. */
    public static byte[] encode(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            return encodeEscaped(text);
        }
    }

    private static byte[] encodeEscaped(String text) {
        ByteBuffer out = ByteBuffer.allocate(text.length() * 4);
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            if (point > ESCAPE && point <= ESCAPE + 0xff) {
                out.put((byte) (point - ESCAPE));
            } else {
                out.put(new String(Character.toChars(point)).getBytes(StandardCharsets.UTF_8));
            }
            i += Character.charCount(point);
        }
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    /** The elements of a path, with {@code .} and {@code ..} applied; {@code ..} at the root stays there. */
    public static List<String> elements(String path) {
        Deque<String> clean = new ArrayDeque<>();
        for (String element : split(path)) {
            if (element.equals("..")) {
                clean.pollLast();
            } else {
                clean.addLast(element);
            }
        }
        return new ArrayList<>(clean);
    }

    /** The elements of a path without empty ones and {@code .}; {@code ..} is kept. */
    public static List<String> split(String path) {
        var elements = new ArrayList<String>();
        int start = 0;
        while (start <= path.length()) {
            int end = path.indexOf('/', start);
            end = end < 0 ? path.length() : end;
            if (end > start && !(end == start + 1 && path.charAt(start) == '.')) {
                elements.add(path.substring(start, end));
            }
            start = end + 1;
        }
        return elements;
    }

    /** The path without leading slash, {@code .} and {@code ..}; empty for the root. */
    public static String clean(String path) {
        return String.join("/", elements(path));
    }

    /** A path below a directory; either may be empty. */
    public static String join(String directory, String name) {
        if (directory.isEmpty()) {
            return name;
        }
        return name.isEmpty() ? directory : directory + "/" + name;
    }

    /** The directory of a clean path. */
    public static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    /**
     * The elements of a path that is about to be written.
     *
     * @throws TreeException if the path leaves the root, or is too long, or one of its names is
     */
    public static List<String> writable(String path) throws TreeException {
        var clean = new ArrayList<String>();
        int length = 0;
        for (String element : split(path)) {
            if (element.equals("..")) {
                if (clean.isEmpty()) {
                    throw new TreeException(TreeException.Code.NOT_FOUND, path);
                }
                clean.removeLast();
                continue;
            }
            clean.add(element);
            int bytes = encode(element).length;
            length += bytes + 1;
            if (bytes > NAME_MAX || length > PATH_MAX) {
                throw new TreeException(TreeException.Code.NAME_TOO_LONG, path);
            }
            if (element.indexOf('\0') >= 0) {
                throw new TreeException(TreeException.Code.NOT_FOUND, path.replace('\0', '?'));
            }
        }
        return clean;
    }
}
