package org.buildengine.server.llb;

import java.io.IOException;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.solver.OpRunner;

/** Turns names of images into pinned ones. May ask a registry, on behalf of whoever demands the run. */
@FunctionalInterface
public interface ImageNames {
    /**
     * The image for {@code platform}.
     *
     * @throws IOException if it cannot be had; the message names the image, the platform and the reason
     */
    ResolvedImage resolve(ImageReference reference, Platform platform, OpRunner.Run run)
            throws IOException, InterruptedException;
}
