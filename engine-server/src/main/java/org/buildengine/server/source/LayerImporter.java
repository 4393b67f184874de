package org.buildengine.server.source;

import java.io.IOException;
import java.io.InputStream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.SealedLayer;

/** Turns an archive into a layer. */
@FunctionalInterface
public interface LayerImporter {
    /**
     * Reads a tar archive to its end and makes a layer of it. What does not come to its end, or is not what it was
     * promised to be, leaves nothing.
     *
     * @param archive the archive, not compressed; not closed by this call
     * @param diffId digest that the archive must have
     */
    SealedLayer importLayer(InputStream archive, Digest diffId) throws IOException;
}
