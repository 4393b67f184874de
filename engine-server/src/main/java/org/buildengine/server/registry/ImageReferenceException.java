package org.buildengine.server.registry;

import java.io.IOException;

/** A text is not the name of an image. */
public final class ImageReferenceException extends IOException {
    private static final long serialVersionUID = 1L;

    ImageReferenceException(String address, String reason) {
        super("failed to parse image address " + address + ": " + reason);
    }
}
