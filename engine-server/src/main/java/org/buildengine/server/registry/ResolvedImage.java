package org.buildengine.server.registry;

import java.util.List;
import org.buildengine.snapshotter.Digest;

/**
 * An image for one platform, pinned.
 *
 * @param name canonical name with its tag and the digest of what the tag pointed to (an index, if there is one)
 * @param manifest digest of the manifest of this platform
 * @param platform what its programs run on
 * @param config how to run it
 * @param layers its layers, the lowest first
 */
public record ResolvedImage(
        ImageReference name, Digest manifest, Platform platform, ImageConfig config, List<Layer> layers) {
    public ResolvedImage {
        layers = List.copyOf(layers);
    }

    /**
     * A layer.
     *
     * @param blob the archive as the registry has it
     * @param diffId digest of the archive when it is not compressed
     */
    public record Layer(Descriptor blob, Digest diffId) {}
}
