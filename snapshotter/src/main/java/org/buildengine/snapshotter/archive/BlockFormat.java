package org.buildengine.snapshotter.archive;

/** A form of compression whose blocks can be compressed each by itself. */
interface BlockFormat {
    /** Bytes of a block before compression. */
    int blockLength();

    /** What comes first. */
    byte[] header();

    /** Told all bytes in their order, by the thread that writes. */
    void passed(byte[] bytes, int offset, int length);

    /**
     * Compresses a block; called by several threads.
     *
     * @param before the last bytes of the block before it; empty for the first
     */
    byte[] compress(byte[] block, int length, byte[] before, boolean last);

    /** What comes last. */
    byte[] trailer();
}
