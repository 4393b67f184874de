package org.buildengine.snapshotter;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * A read-only view of a {@link Snapshot}, answered from the indexes of its layers: nothing is mounted, and no content
 * is read except by {@link #open}. Safe for use by several threads; holds no resource.
 *
 * <p>Paths are relative to the root with or without leading slash; {@code ""} and {@code "/"} are the root; {@code .}
 * and {@code ..} are cleaned and never leave the root.
 */
public interface Tree {
    /** The tree that is shown. */
    Snapshot snapshot();

    /** The node at {@code path}; links are not followed, neither on the way nor at the end. */
    Optional<Node> find(String path);

    /**
     * The node at {@code path}, with links on the way followed as if the tree were the root file system.
     *
     * @param followLast whether a link at the end is followed too
     * @return the node under its real path, or empty if it or a directory on the way does not exist
     * @throws TreeException with code {@code LOOP} after 255 links, {@code NOT_A_DIRECTORY} if a file stands on the way
     */
    Optional<Node> resolve(String path, boolean followLast) throws TreeException;

    /**
     * The children of the directory at the real path {@code path}, sorted by the bytes of their names.
     *
     * @throws TreeException with code {@code NOT_FOUND} or {@code NOT_A_DIRECTORY}
     */
    List<Node> list(String path) throws TreeException;

    /**
     * Visits the nodes below the directory at the real path {@code path} in depth-first order, children sorted by the
     * bytes of their names, parents before children; the directory itself is not visited. Parents of chosen nodes are
     * visited even if they are not chosen themselves.
     */
    void walk(String path, PathFilter filter, Visitor visitor) throws TreeException, IOException;

    /**
     * SHA-256 over names, types, modes, owners, extended attributes, link targets and contents of what the filter
     * chooses below (and, for the root of the selection, at) the real path {@code path}. Times do not count. Equal
     * selections have equal digests however they are split into layers.
     */
    Digest digest(String path, PathFilter filter) throws TreeException, IOException;

    /**
     * The bytes of a file from the start. The caller closes the stream.
     *
     * @param file a file node of this tree
     */
    InputStream open(Node file) throws IOException;

    /**
     * What all names of one file have in common, to keep hard links together in a copy.
     *
     * @return equal for two nodes of this tree that are names of one file; empty for a file with one name
     */
    default Optional<Object> linkIdentity(Node node) {
        return Optional.empty();
    }

    /** Called for each node of a walk. */
    @FunctionalInterface
    interface Visitor {
        void visit(Node node) throws IOException;
    }
}
