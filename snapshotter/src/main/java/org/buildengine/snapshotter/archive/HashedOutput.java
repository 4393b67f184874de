package org.buildengine.snapshotter.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import org.buildengine.snapshotter.Digest;

/** Hashes and counts what passes. Does not close what it writes to. */
final class HashedOutput extends OutputStream {
    private final OutputStream out;
    private final MessageDigest sha = Digest.sha256();
    private long count;

    HashedOutput(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        sha.update(bytes, offset, length);
        count += length;
        out.write(bytes, offset, length);
    }

    long count() {
        return count;
    }

    /** Digest of everything; asked for once, at the end. */
    Digest digest() {
        return Digest.finish(sha);
    }
}
