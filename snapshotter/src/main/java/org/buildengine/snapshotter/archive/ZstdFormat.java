package org.buildengine.snapshotter.archive;

import com.github.luben.zstd.Zstd;
import java.util.Arrays;

/** Zstandard (RFC 8878): each block is a frame, and frames one behind the other are one stream. */
final class ZstdFormat implements BlockFormat {
    private static final int BLOCK = 8 << 20;

    private final int level;

    ZstdFormat(int level) {
        this.level = level;
    }

    @Override
    public int blockLength() {
        return BLOCK;
    }

    @Override
    public byte[] header() {
        return new byte[0];
    }

    @Override
    public void passed(byte[] bytes, int offset, int length) {
        // frames need to know nothing of each other
    }

    @Override
    public byte[] compress(byte[] block, int length, byte[] before, boolean last) {
        return Zstd.compress(Arrays.copyOf(block, length), level);
    }

    @Override
    public byte[] trailer() {
        return new byte[0];
    }
}
