package org.buildengine.snapshotter;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Changes a tree by writing one layer over it; each call sees the effect of those before. Paths are resolved within the
 * tree (links on the way are followed and never leave it). Missing parents are created with mode 0755 and root as owner.
 * Used by one thread. Closing without {@link #commit} discards everything.
 */
public interface TreeEditor extends Closeable {
    /** The tree as changed so far. */
    Tree tree();

    /** Makes the directory and its parents; an existing directory keeps its attributes. */
    void makeDirectory(String path, Attributes attributes) throws IOException;

    /** Writes a file over whatever is not a directory at {@code path}. */
    void writeFile(String path, Attributes attributes, byte[] content) throws IOException;

    /** As above, from a stream of exactly {@code size} bytes. */
    void writeFile(String path, Attributes attributes, InputStream content, long size) throws IOException;

    void writeSymlink(String path, Attributes attributes, String target) throws IOException;

    /**
     * Copies the node at {@code sourcePath} of {@code source}. A directory's contents are merged into
     * {@code destination}; a file or link is placed at {@code destination}.
     */
    void copy(Tree source, String sourcePath, String destination, CopyOptions options) throws IOException;

    /** Removes the node and everything below it; nothing happens if it does not exist. A link is removed, not followed. */
    void remove(String path) throws IOException;

    /** Changes owner, mode and time of one node; what is not given stays. */
    void change(String path, OptionalInt mode, OptionalInt uid, OptionalInt gid, OptionalLong mtimeNanos)
            throws IOException;

    /** Publishes the changes as a layer; the base itself if there are none. */
    Snapshot commit() throws IOException;

    /**
     * How to copy.
     *
     * @param filter chooses what is copied of a directory
     * @param uid new owner of everything copied, or unchanged
     * @param gid new group of everything copied, or unchanged
     * @param mode new permission bits of every file and directory copied, or unchanged
     */
    record CopyOptions(PathFilter filter, OptionalInt uid, OptionalInt gid, OptionalInt mode) {
        public static final CopyOptions PLAIN =
                new CopyOptions(PathFilter.ALL, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
    }
}
