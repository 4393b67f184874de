package org.buildengine.snapshotter.property;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Access control lists as the kernel hands them out (Linux, {@code posix_acl_xattr.h}). */
final class Acl {
    /** The name of the list that says who may access a file. */
    static final String ACCESS = "system.posix_acl_access";

    /** The name of the list that what is made in a directory begins with. */
    static final String DEFAULT = "system.posix_acl_default";

    private static final int VERSION = 2;
    private static final int NOBODY = -1;

    private Acl() {}

    /** A list for one further user, which agrees with the mode: the bits of the group say what the others have at most. */
    static byte[] of(Random random, int mode) {
        ByteBuffer list = ByteBuffer.allocate(4 + 5 * 8).order(ByteOrder.LITTLE_ENDIAN);
        list.putInt(VERSION);
        entry(list, 0x01, mode >> 6 & 7, NOBODY);
        entry(list, 0x02, random.nextInt(8), random.nextInt(100_000));
        entry(list, 0x04, random.nextInt(8), NOBODY);
        entry(list, 0x10, mode >> 3 & 7, NOBODY);
        entry(list, 0x20, mode & 7, NOBODY);
        return list.array();
    }

    private static void entry(ByteBuffer list, int tag, int rights, int who) {
        list.putShort((short) tag).putShort((short) rights).putInt(who);
    }
}
