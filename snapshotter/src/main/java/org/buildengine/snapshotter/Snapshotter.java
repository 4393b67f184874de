package org.buildengine.snapshotter;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Owner of everything under one root directory. One process at a time; {@link Snapshotter} instances are safe for use
 * by several threads. Closing it unmounts what is mounted and closes the store; it is refused by nothing and waits for
 * nobody, so callers stop their work first.
 */
public interface Snapshotter extends AutoCloseable {
    BlobStore blobs();

    ResultStore results();

    CacheVolumes cacheVolumes();

    CacheCollector collector();

    BuildRows buildRows();

    /** Starts a layer. {@code purpose} is for people, in listings of what is in progress. */
    LayerWriter writeLayer(String purpose) throws IOException;

    /** A view of {@code snapshot}. */
    Tree tree(Snapshot snapshot) throws IOException;

    /** Starts to change {@code base}. */
    TreeEditor edit(Snapshot base) throws IOException;

    /**
     * Unpacks one layer of an image: a tar, plain or compressed with gzip or zstd (found by its first bytes), with the
     * whiteouts of the OCI image format. Reads to the end of the stream and does not close it.
     *
     * @param diffId digest that the uncompressed archive must have
     * @throws DigestMismatchException if the uncompressed archive has another digest
     * @throws IOException naming the entry, if the archive is damaged, too large, or refused for safety
     */
    SealedLayer importLayer(InputStream archive, Optional<Digest> diffId) throws IOException;

    /**
     * Packs a layer as an archive of the OCI image format, from which {@link #importLayer} makes an equal layer, sockets
     * aside: for images that leave the engine. Nothing is mounted. Does not close {@code out}.
     *
     * @throws IOException naming the entry, if the format cannot hold it: a name that begins with {@code .wh.}
     */
    PackedLayer packLayer(LayerId layer, PackOptions options, OutputStream out) throws IOException;

    /**
     * The layers of an image, or trees that are merged, as one tree: what unpacking the archives of all their layers one
     * after the other leaves. A directory that an archive only implies, having entries below it and none for it, or that
     * a layer has only because something in it was changed, keeps the attributes that it has in the layers below; where
     * a symbolic link stands in its place there, the entries go where the link leads, which is never outside the tree.
     * Where the layers alone would show something else, small layers that set it right are added. Of a layer that comes
     * several times only the last one is kept, which covers the others. Stacking is associative.
     *
     * @throws TreeException if a link of the layers below runs in circles or through a file
     */
    Snapshot stack(List<Snapshot> lowestFirst) throws IOException;

    /**
     * A tree of what is new or different (type, content, attributes, time, link target) below {@code upperPath} of
     * {@code upper} against {@code lowerPath} of {@code lower}, with the directories on the way to it. What is gone
     * leaves nothing. A path that does not exist counts as an empty directory. Where the upper tree is the lower one
     * with more layers, these are the difference, and nothing is written.
     *
     * @throws TreeException with code {@code NOT_A_DIRECTORY} if either path is something else
     */
    Snapshot diff(Tree lower, String lowerPath, Tree upper, String upperPath) throws IOException;

    /**
     * All that makes {@code upper} of {@code lower}, as LLB's diff has it: stacked on the lower tree it shows the upper one,
     * since what is gone is hidden. Where the upper tree is the lower one with more layers, these are it, and nothing is
     * written. Of several names of one file those that are new or different stay names of one file.
     */
    Snapshot changes(Tree lower, Tree upper) throws IOException;

    /**
     * The directory at the real path {@code path} as a tree of its own; for the root the snapshot of {@code tree}
     * itself.
     *
     * @throws TreeException with code {@code NOT_FOUND} or {@code NOT_A_DIRECTORY}
     */
    Snapshot subtree(Tree tree, String path) throws IOException;

    /** Mounts {@code base} with a fresh writable layer on top. */
    default Workspace workspace(Snapshot base) throws IOException {
        return workspace(base, Optional.empty());
    }

    /**
     * The same with a directory below all layers. What it has shows where the base has nothing, as far as the way of
     * mounting allows, and is never part of what is sealed; a directory of it into which something was written is.
     *
     * @param underlay a directory that nobody changes while the workspace is open
     */
    Workspace workspace(Snapshot base, Optional<Path> underlay) throws IOException;

    /**
     * Makes room for an execution that failed, as it may have for want of space: it writes without asking, so it cannot be told to
     * wait. To be called when its workspace is closed. Removes what nobody uses, in growing steps from call to call.
     *
     * @param said whether it said that there was no space; else the disk has to have been full just now
     * @return whether there is more room than it had, so that it is worth another try
     */
    default boolean moreRoom(boolean said) throws IOException {
        return false;
    }

    /** Who waits in here, and has done so for longer than a moment. Never blocks. */
    default List<Delay> delays() {
        return List.of();
    }

    /** Mounts {@code snapshot} read-only. */
    MountedSnapshot mount(Snapshot snapshot) throws IOException;

    @Override
    void close();
}
