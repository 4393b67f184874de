package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.PackOptions;
import org.buildengine.snapshotter.PackedLayer;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;

/** Everything that is done with the contents of layers. Safe for use by several threads. */
public interface Layers {
    /** Starts a layer; see {@link org.buildengine.snapshotter.Snapshotter#writeLayer}. */
    LayerWriter write(String purpose) throws IOException;

    /** A view of {@code snapshot}, from the indexes of its layers. */
    Tree tree(Snapshot snapshot) throws IOException;

    /** Starts to change {@code base}. */
    TreeEditor edit(Snapshot base) throws IOException;

    /**
     * Whether an upper, mounted or not, holds nothing but directories that the kernel copied up because something below
     * them was opened. Reads names only; stops at the first thing that is not a directory.
     */
    boolean onlyVisited(Path upperDirectory, Snapshot base) throws IOException;

    /**
     * Makes a layer of what an overlay mount left. The upper is unmounted, on the file system of the store and owned by
     * this call: it is renamed into a new layer or stays for the caller to discard, whatever the outcome.
     *
     * @return the base with the new layer on top, or the base itself if the upper changes nothing
     */
    Snapshot sealUpper(Path upperDirectory, Snapshot base, BooleanSupplier givenUp) throws IOException;

    /** Makes a layer of an archive; see {@link org.buildengine.snapshotter.Snapshotter#importLayer}. */
    SealedLayer importLayer(InputStream archive, Optional<Digest> diffId) throws IOException;

    /** Packs a layer as an archive; see {@link org.buildengine.snapshotter.Snapshotter#packLayer}. */
    PackedLayer packLayer(LayerId layer, PackOptions options, OutputStream out) throws IOException;

    /** The layers of an image as one tree; see {@link org.buildengine.snapshotter.Snapshotter#stack}. */
    Snapshot stack(List<Snapshot> lowestFirst) throws IOException;

    /** Bytes of content in a layer. */
    long contentBytes(LayerId layer) throws IOException;

    /** How many files a layer has. */
    long contentFiles(LayerId layer) throws IOException;

    /**
     * Writes layers that lie one on the other as a single one, as {@link LayerCatalog} describes it, into an empty
     * directory. It shows and hides what they do together.
     */
    void flatten(List<LayerId> lowestFirst, Path directory) throws IOException;

    /**
     * Writes a layer that is kept as a directory once more, as {@link LayerCatalog} describes one that is kept as an image, into an
     * empty directory. It is the same tree in every respect, with the same digest. Makes no room for it on a full disk.
     *
     * @throws java.io.InterruptedIOException if {@code pace} gave it up
     */
    void writeImage(LayerId layer, Path directory, Pace pace) throws IOException;

    /** What is new or different in {@code upper}; see {@link org.buildengine.snapshotter.Snapshotter#diff}. */
    Snapshot diff(Tree lower, String lowerPath, Tree upper, String upperPath) throws IOException;

    /** What makes one tree of another; see {@link org.buildengine.snapshotter.Snapshotter#changes}. */
    Snapshot changes(Tree lower, Tree upper) throws IOException;

    /** A directory as a tree of its own; see {@link org.buildengine.snapshotter.Snapshotter#subtree}. */
    Snapshot subtree(Tree tree, String path) throws IOException;
}
