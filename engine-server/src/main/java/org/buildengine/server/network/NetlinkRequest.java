package org.buildengine.server.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Messages to the kernel in the form of netlink(7), one after another: a header, the fixed part of the family, and
 * attributes, each with its length before it and padded to four bytes. Integers have the order of the processor, except
 * where {@link #bigEndian} says otherwise. Used by one thread.
 */
final class NetlinkRequest {
    static final int REQUEST = 1;
    static final int ACK = 4;
    static final int DUMP = 0x300;
    static final int EXCLUSIVE = 0x200;
    static final int CREATE = 0x400;
    static final int APPEND = 0x800;

    private static final int HEADER = 16;
    private static final int FIRST_SIZE = 512;
    private static final short NESTED = (short) 0x8000;

    private final List<String> purposes = new ArrayList<>();
    private final List<Integer> positions = new ArrayList<>();
    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_SIZE).order(ByteOrder.nativeOrder());

    /**
     * Begins a message.
     *
     * @param purpose what it is for, for the text of an error
     */
    NetlinkRequest message(String purpose, int type, int flags) {
        purposes.add(purpose);
        positions.add(buffer.position());
        room(HEADER);
        buffer.putInt(0).putShort((short) type).putShort((short) (REQUEST | flags));
        // The number is written by whoever sends it; the port is the kernel's to fill in.
        buffer.putInt(0).putInt(0);
        return lengths();
    }

    NetlinkRequest u8(int value) {
        room(1);
        buffer.put((byte) value);
        return lengths();
    }

    NetlinkRequest u16(int value) {
        room(2);
        buffer.putShort((short) value);
        return lengths();
    }

    NetlinkRequest u32(int value) {
        room(4);
        buffer.putInt(value);
        return lengths();
    }

    NetlinkRequest attribute(int type, byte[] value) {
        int padded = (value.length + 3) & ~3;
        room(4 + padded);
        buffer.putShort((short) (4 + value.length)).putShort((short) type);
        buffer.put(value).put(new byte[padded - value.length]);
        return lengths();
    }

    NetlinkRequest attribute(int type, int value) {
        return attribute(type, integer(value, ByteOrder.nativeOrder()));
    }

    NetlinkRequest bigEndian(int type, int value) {
        return attribute(type, integer(value, ByteOrder.BIG_ENDIAN));
    }

    /** A text with the zero byte that ends it in C. */
    NetlinkRequest attribute(int type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return attribute(type, Arrays.copyOf(bytes, bytes.length + 1));
    }

    /** An attribute that consists of what {@code content} adds. */
    NetlinkRequest nested(int type, Runnable content) {
        int start = buffer.position();
        room(4);
        buffer.putShort((short) 0).putShort((short) (type | NESTED));
        content.run();
        buffer.putShort(start, (short) (buffer.position() - start));
        return lengths();
    }

    private static byte[] integer(int value, ByteOrder order) {
        return ByteBuffer.allocate(4).order(order).putInt(value).array();
    }

    private void room(int bytes) {
        if (buffer.remaining() < bytes) {
            ByteBuffer larger =
                    ByteBuffer.allocate(2 * buffer.capacity() + bytes).order(ByteOrder.nativeOrder());
            buffer = larger.put(buffer.flip());
        }
    }

    /** Keeps the length of the last message true. */
    private NetlinkRequest lengths() {
        int start = positions.getLast();
        buffer.putInt(start, buffer.position() - start);
        return this;
    }

    /** How many messages there are. */
    int size() {
        return positions.size();
    }

    String purpose(int index) {
        return purposes.get(index);
    }

    /** Whether the kernel says how the message went. */
    boolean answered(int index) {
        return (buffer.getShort(positions.get(index) + 6) & (ACK | DUMP)) != 0;
    }

    /** The bytes, with the messages numbered from {@code first}. */
    byte[] datagram(int first) {
        for (int i = 0; i < positions.size(); i++) {
            buffer.putInt(positions.get(i) + 8, first + i);
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
