package org.buildengine.snapshotter;

import java.io.IOException;

/** Bytes that were promised under one digest have another. */
public final class DigestMismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    public DigestMismatchException(Digest expected, Digest actual) {
        super("content does not match its digest: expected " + expected + ", got " + actual);
    }
}
