package org.buildengine.snapshotter.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** The block that comes first, and is written last. */
final class Superblock {
    private static final int OFFSET = 1024;
    private static final int LENGTH = 128;

    /** Where the inode of the root lies: its number has only 16 bits. */
    static final int ROOT = OFFSET + LENGTH;

    private static final int MAGIC = 0xE0F5E1E2;
    private static final int HAS_CHECKSUM = 1;
    private static final int BLOCK_BITS = 12;

    private final byte[] identity;
    private final long inodes;

    Superblock(byte[] identity, long inodes) {
        this.identity = identity.clone();
        this.inodes = inodes;
    }

    void finish(ErofsWriter image, NamePass names) throws IOException {
        byte[] block = names.rootBlock();
        ByteBuffer out = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(OFFSET, MAGIC);
        out.putInt(OFFSET + 8, HAS_CHECKSUM);
        out.put(OFFSET + 12, (byte) BLOCK_BITS);
        out.putShort(OFFSET + 14, (short) (ROOT / Inode.SLOT));
        out.putLong(OFFSET + 16, inodes);
        out.putInt(OFFSET + 36, (int) image.end());
        out.put(OFFSET + 48, identity, 0, 16);
        CRC32C crc = new CRC32C();
        crc.update(block, OFFSET, Inode.BLOCK - OFFSET);
        // the format takes the checksum without the final inversion of CRC-32C
        out.putInt(OFFSET + 4, ~(int) crc.getValue());
        image.write(0, block, 0, block.length);
        image.cut(image.end());
    }
}
