package org.buildengine.snapshotter.layer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.linux.Room;

/** Where layers are made until they are complete. Safe for use by several threads, virtual ones included. */
public interface LayerStaging {
    /** The form in which new layers are to be written. */
    LayerForm form();

    /** Who makes room when what is written here fills the disk. */
    default Room room() {
        return Room.NONE;
    }

    /**
     * Opens an empty directory for one new layer.
     *
     * @param purpose for people, in listings of what is in progress
     */
    Staged stage(String purpose) throws IOException;

    /** A layer being made. Closing before {@link #publish} discards it; closing twice, or after it, does nothing. */
    interface Staged extends Closeable {
        /** The name that the layer will have. */
        LayerId id();

        /**
         * The directory to fill with what {@link LayerCatalog} describes: either {@link LayerCatalog#IMAGE} or {@link
         * LayerCatalog#FILES}, and {@link LayerCatalog#INDEX}. On the file system of the store, so that renames into it
         * are atomic.
         */
        Path directory();

        /**
         * Moves the filled directory to its final place in one rename. The layer can be used from now on; until a result
         * names it, it goes at the next start. Nothing is synchronised to the disk.
         *
         * @throws IOException if the rename fails; the directory is still there then, and {@link #close} discards it
         */
        LayerId publish() throws IOException;
    }
}
