package org.buildengine.snapshotter.tree;

/** The nodes of one layer with their order: what merging needs to know, whether the layer is sealed or a draft. */
public interface LayerView {
    /** The root of every layer. */
    int ROOT = 0;

    /** The answer of {@link #child} if there is none. */
    int NONE = -1;

    NodeTable table();

    /** The child of a directory by the bytes of its name, or {@link #NONE}. */
    int child(int directory, byte[] name);

    /** The children of a directory, sorted by the bytes of their names. */
    int[] children(int directory);

    /** What was digested of this layer before; a layer that can still change remembers nothing. */
    default DigestMemory digests() {
        return DigestMemory.NONE;
    }
}
