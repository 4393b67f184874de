package org.buildengine.snapshotter;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.OptionalLong;

/** Content-addressed byte strings. Safe for use by several threads. */
public interface BlobStore {
    /** Size of the blob, if it is here. */
    OptionalLong size(Digest digest);

    /** The blob from {@code offset} on. The caller closes the stream. */
    InputStream open(Digest digest, long offset) throws IOException;

    /** Starts a blob whose digest is not known yet, or is to be verified. */
    Ingest ingest(Optional<Digest> expected) throws IOException;

    /** Stores a small blob. */
    Digest put(byte[] content) throws IOException;

    /** A blob being written: unnamed on disk until it is committed, gone if the process dies. */
    interface Ingest extends Closeable {
        OutputStream stream();

        /** Copies what was written so far. */
        void copyTo(OutputStream out) throws IOException;

        /**
         * Names the blob.
         *
         * @throws DigestMismatchException if a digest was expected and another came out
         */
        Digest commit() throws IOException;
    }
}
