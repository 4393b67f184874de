package org.buildengine.server.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A message of the kernel in the form of netlink(7).
 *
 * @param type what it is
 * @param flags as in the header
 * @param sequence number of the request that it answers
 * @param payload everything behind the header
 */
record NetlinkMessage(int type, int flags, int sequence, ByteBuffer payload) {
    static final int ERROR = 2;
    static final int DONE = 3;
    /** A list was changed while it was read. */
    static final int INTERRUPTED = 0x10;
    /** The error has attributes that explain it. */
    static final int EXPLAINED = 0x200;

    private static final int HEADER = 16;
    private static final int TYPE_MASK = 0x3fff;

    /** The messages of a datagram. */
    static List<NetlinkMessage> parse(byte[] datagram) {
        ByteBuffer bytes = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        var messages = new ArrayList<NetlinkMessage>();
        int start = 0;
        while (start + HEADER <= datagram.length) {
            int length = bytes.getInt(start);
            if (length < HEADER || start + length > datagram.length) {
                throw new IllegalArgumentException("a netlink message of " + length + " bytes does not fit");
            }
            messages.add(new NetlinkMessage(
                    bytes.getShort(start + 4) & 0xffff,
                    bytes.getShort(start + 6) & 0xffff,
                    bytes.getInt(start + 8),
                    slice(bytes, start + HEADER, length - HEADER)));
            start += (length + 3) & ~3;
        }
        return messages;
    }

    private static ByteBuffer slice(ByteBuffer bytes, int start, int length) {
        return bytes.slice(start, length).order(ByteOrder.nativeOrder());
    }

    /** The attributes behind a fixed part of this many bytes. */
    Attributes attributes(int fixed) {
        return Attributes.parse(slice(payload, fixed, payload.limit() - fixed));
    }

    /** Attributes by their types. */
    record Attributes(Map<Integer, ByteBuffer> values) {
        static Attributes parse(ByteBuffer bytes) {
            var values = new HashMap<Integer, ByteBuffer>();
            int start = 0;
            while (start + 4 <= bytes.limit()) {
                int length = bytes.getShort(start) & 0xffff;
                if (length < 4 || start + length > bytes.limit()) {
                    throw new IllegalArgumentException("a netlink attribute of " + length + " bytes does not fit");
                }
                values.put(bytes.getShort(start + 2) & TYPE_MASK, slice(bytes, start + 4, length - 4));
                start += (length + 3) & ~3;
            }
            return new Attributes(values);
        }

        Optional<Integer> number(int type) {
            return Optional.ofNullable(values.get(type)).map(value -> value.getInt(0));
        }

        Optional<Integer> bigEndian(int type) {
            return Optional.ofNullable(values.get(type))
                    .map(value -> value.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(0));
        }

        /** An attribute as it is; nothing if it is absent. */
        byte[] bytes(int type) {
            ByteBuffer value = values.get(type);
            if (value == null) {
                return new byte[0];
            }
            byte[] bytes = new byte[value.limit()];
            value.get(0, bytes);
            return bytes;
        }

        Optional<String> text(int type) {
            return Optional.ofNullable(values.get(type))
                    .map(value ->
                            StandardCharsets.UTF_8.decode(value.duplicate()).toString())
                    .map(text -> text.endsWith("\0") ? text.substring(0, text.length() - 1) : text);
        }

        /** The attributes inside of an attribute; none if it is absent. */
        Attributes nested(int type) {
            return Optional.ofNullable(values.get(type))
                    .map(Attributes::parse)
                    .orElseGet(() -> new Attributes(Map.of()));
        }
    }
}
