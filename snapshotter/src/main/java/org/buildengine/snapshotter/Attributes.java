package org.buildengine.snapshotter;

import java.util.Map;
import java.util.TreeMap;

/**
 * Metadata of a node.
 *
 * @param mode permission bits with set-id and sticky, {@code 0} to {@code 07777}; no type bits
 * @param uid owner, as an unsigned 32-bit number
 * @param gid group, as an unsigned 32-bit number
 * @param mtimeNanos modification time in nanoseconds since the epoch
 * @param xattrs extended attributes by full name ({@code user.}…, {@code security.}…), sorted by name
 */
public record Attributes(int mode, int uid, int gid, long mtimeNanos, Map<String, byte[]> xattrs) {
    public Attributes {
        if ((mode & ~07777) != 0) {
            throw new IllegalArgumentException("mode has bits beyond 07777: 0" + Integer.toOctalString(mode));
        }
        xattrs = xattrs.isEmpty() ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(xattrs));
    }

    /** Attributes of root's node at the epoch, without extended attributes. */
    public static Attributes ofMode(int mode) {
        return new Attributes(mode, 0, 0, 0, Map.of());
    }

    public Attributes withMode(int newMode) {
        return new Attributes(newMode, uid, gid, mtimeNanos, xattrs);
    }

    public Attributes withOwner(int newUid, int newGid) {
        return new Attributes(mode, newUid, newGid, mtimeNanos, xattrs);
    }

    public Attributes withMtime(long newMtimeNanos) {
        return new Attributes(mode, uid, gid, newMtimeNanos, xattrs);
    }
}
