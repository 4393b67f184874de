package org.buildengine.snapshotter.archive;

import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.SealedLayer;

/**
 * What an import made.
 *
 * @param diffId digest of the uncompressed archive
 */
public record ImportedLayer(SealedLayer layer, Digest diffId) {}
