package org.buildengine.snapshotter.archive;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.buildengine.snapshotter.tree.Names;

/** Records of pax headers: those of one entry, or those that hold for all that follow. Format: POSIX, {@code pax}. */
final class PaxRecords {
    private static final String XATTR = "SCHILY.xattr.";
    private static final int MOST = 4 << 20;

    private final Map<String, byte[]> values;
    private final SparseMap.Draft holes = new SparseMap.Draft();

    /** None. */
    PaxRecords() {
        values = new HashMap<>();
    }

    /** Those of an entry, to which {@code global} ones apply. */
    PaxRecords(PaxRecords global) {
        values = new HashMap<>(global.values);
    }

    /** Adds those of a header. */
    void add(byte[] bytes) throws ArchiveException {
        int at = 0;
        while (at < bytes.length) {
            int space = at;
            int length = 0;
            while (space < bytes.length && bytes[space] >= '0' && bytes[space] <= '9' && length < MOST) {
                length = length * 10 + bytes[space++] - '0';
            }
            int end = at + length;
            if (length == 0 || end > bytes.length || space >= end || bytes[space] != ' ' || bytes[end - 1] != '\n') {
                throw new ArchiveException("a pax header is damaged");
            }
            int equals = space + 1;
            while (equals < end && bytes[equals] != '=') {
                equals++;
            }
            if (equals == end) {
                throw new ArchiveException("a pax record has no value");
            }
            String key = Names.decode(bytes, space + 1, equals - space - 1);
            byte[] value = Arrays.copyOfRange(bytes, equals + 1, end - 1);
            if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
                holes.record(key, value);
            } else {
                values.put(key, value);
            }
            at = end;
        }
    }

    void addAll(PaxRecords others) {
        values.putAll(others.values);
    }

    /** What records that come many times say of the holes of a file. */
    SparseMap.Draft holes() {
        return holes;
    }

    /** How many there are, those about holes not counted. */
    int count() {
        return values.size();
    }

    /** How long all values are together. */
    long bytes() {
        return values.values().stream().mapToLong(value -> value.length).sum();
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    boolean hasAny(String prefix) {
        return !values.isEmpty() && values.keySet().stream().anyMatch(key -> key.startsWith(prefix));
    }

    /** The value as bytes; none if there is no such record. */
    byte[] value(String key) {
        return values.getOrDefault(key, new byte[0]);
    }

    String text(String key, String otherwise) {
        byte[] value = values.get(key);
        return value == null ? otherwise : Names.decode(value, 0, value.length);
    }

    long number(String key, long otherwise) throws ArchiveException {
        return has(key) ? TarNumbers.decimal(text(key, ""), key) : otherwise;
    }

    /** The extended attributes that Linux has; archives made elsewhere carry others, which are of no use here. */
    Map<String, byte[]> xattrs() {
        Map<String, byte[]> xattrs = new TreeMap<>();
        values.forEach((key, value) -> {
            if (key.startsWith(XATTR) && isKept(key.substring(XATTR.length()))) {
                xattrs.put(key.substring(XATTR.length()), value);
            }
        });
        return xattrs;
    }

    private static boolean isKept(String name) {
        return name.startsWith("user.")
                || name.startsWith("trusted.")
                || name.startsWith("security.")
                || name.equals("system.posix_acl_access")
                || name.equals("system.posix_acl_default");
    }
}
