package org.buildengine.snapshotter.tree;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Extended attributes as bytes in the heap of a {@link NodeTable}: a count, then length and bytes of each name and value.
 * Lengths are little-endian.
 */
final class XattrCodec {
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] NO_BYTES = new byte[0];

    private XattrCodec() {}

    static byte[] encode(Map<String, byte[]> xattrs) {
        if (xattrs.isEmpty()) {
            return NO_BYTES;
        }
        int length = 4;
        for (var entry : xattrs.entrySet()) {
            length += 8 + Names.encode(entry.getKey()).length + entry.getValue().length;
        }
        byte[] out = new byte[length];
        INTS.set(out, 0, xattrs.size());
        int at = 4;
        for (var entry : xattrs.entrySet()) {
            at = put(out, put(out, at, Names.encode(entry.getKey())), entry.getValue());
        }
        return out;
    }

    private static int put(byte[] out, int at, byte[] value) {
        INTS.set(out, at, value.length);
        System.arraycopy(value, 0, out, at + 4, value.length);
        return at + 4 + value.length;
    }

    static Map<String, byte[]> decode(byte[] heap, int start) {
        int count = (int) INTS.get(heap, start);
        var xattrs = new LinkedHashMap<String, byte[]>();
        int at = start + 4;
        for (int i = 0; i < count; i++) {
            int nameLength = (int) INTS.get(heap, at);
            String name = Names.decode(heap, at + 4, nameLength);
            at += 4 + nameLength;
            int valueLength = (int) INTS.get(heap, at);
            xattrs.put(name, Arrays.copyOfRange(heap, at + 4, at + 4 + valueLength));
            at += 4 + valueLength;
        }
        return xattrs;
    }

    static int length(byte[] heap, int start) {
        int count = (int) INTS.get(heap, start);
        int at = start + 4;
        for (int i = 0; i < 2 * count; i++) {
            at += 4 + (int) INTS.get(heap, at);
        }
        return at - start;
    }
}
