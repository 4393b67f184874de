package org.buildengine.snapshotter;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes one new layer, node by node, in one pass. Parents that were not written are created as root's directories
 * with mode 0755, and marked as implied: {@link Snapshotter#stack} gives them the attributes that they have below. A later node of the same path replaces the earlier one. Paths are cleaned; one that would leave the
 * root, or a name longer than 255 bytes, is refused with a {@link TreeException}.
 *
 * <p>Used by one thread, except that the streams of several files may be written by different threads. Closing without
 * {@link #seal} discards everything.
 */
public interface LayerWriter extends Closeable {
    void directory(String path, Attributes attributes) throws IOException;

    /**
     * Starts a file of exactly {@code size} bytes. Several may be open at once. Closing the stream finishes the file.
     *
     * @throws IOException from the stream if more bytes, or at its close fewer bytes, than {@code size} were written
     */
    OutputStream file(String path, Attributes attributes, long size) throws IOException;

    /** A file with the content of {@code file}, a file node of {@code source}; its digest is taken over, not recomputed. */
    void copy(String path, Attributes attributes, Tree source, Node file) throws IOException;

    void symlink(String path, Attributes attributes, String target) throws IOException;

    /** Another name for the file at {@code existing}, which was written to this layer before. */
    void hardlink(String path, String existing) throws IOException;

    /** A device, fifo or socket. */
    void special(String path, Attributes attributes, NodeType type, int major, int minor) throws IOException;

    /** Hides what layers below have at {@code path}. */
    void whiteout(String path) throws IOException;

    /** Hides what layers below have inside the directory at {@code path}, which is implied if it was not written. */
    void opaque(String path) throws IOException;

    /**
     * Finishes the layer: index and image are complete on disk. It stays unreferenced until a result names it
     * ({@link ResultStore#publish}); one that stays unreferenced goes with the first
     * collection after an hour, or at the next start.
     */
    SealedLayer seal() throws IOException;
}
