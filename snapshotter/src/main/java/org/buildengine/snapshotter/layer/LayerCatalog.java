package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.nio.file.Path;
import org.buildengine.snapshotter.LayerId;

/** Where complete layers are. Safe for use by several threads. */
@FunctionalInterface
public interface LayerCatalog {
    /** Name of the image in the directory of a layer that is kept as one file. */
    String IMAGE = "image.erofs";

    /** Name of the tree in the directory of a layer that is kept as a directory. */
    String FILES = "fs";

    /** Name of the index in the directory of every layer. */
    String INDEX = "index";

    /**
     * The directory of a complete layer. Does no I/O.
     *
     * @throws IOException if the store has no such layer
     */
    Path directory(LayerId layer) throws IOException;
}
