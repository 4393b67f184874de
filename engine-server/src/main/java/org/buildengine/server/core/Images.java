package org.buildengine.server.core;

import java.io.IOException;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.ResolvedImage;

/** Turns the name of an image into a pinned one. May ask a registry, on behalf of the client. */
@FunctionalInterface
public interface Images {
    /**
     * The image for {@code platform}.
     *
     * @throws IOException if it cannot be had; the message names the image, the platform and the reason
     */
    ResolvedImage resolve(ImageReference reference, Platform platform, DaggerClient client)
            throws IOException, InterruptedException;
}
