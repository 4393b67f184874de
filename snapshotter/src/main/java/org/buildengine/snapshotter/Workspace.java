package org.buildengine.snapshotter;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * A writable copy of a snapshot, mounted: what an execution changes. Used by one thread at a time. Closing unmounts it
 * and discards what was not sealed; closing twice does nothing.
 */
public interface Workspace extends Closeable {
    /** Where the tree is mounted, in the daemon's mount namespace. */
    Path root();

    /**
     * Turns what was changed into a layer, and unmounts if anything was. To be called when everything that could write
     * there has ended: a change that comes while this runs fails it or is lost.
     *
     * @return the base if nothing was changed, else the base with the new layer on top
     */
    default Snapshot seal() throws IOException {
        return seal(() -> false);
    }

    /**
     * The same for somebody who may lose interest: to read what was written takes as long as it is large, and a file with holes
     * can be larger than any disk.
     *
     * @param givenUp whether nobody wants the layer any more; asked again and again, by several threads
     * @throws java.io.InterruptedIOException if it was given up; nothing is kept then
     */
    Snapshot seal(BooleanSupplier givenUp) throws IOException;
}
