package org.buildengine.snapshotter.archive;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts what passes. Does not close what it reads. */
final class MeteredStream extends FilterInputStream {
    private long count;

    MeteredStream(InputStream in) {
        super(in);
    }

    long count() {
        return count;
    }

    @Override
    public int read() throws IOException {
        int read = in.read();
        count += read < 0 ? 0 : 1;
        return read;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int read = in.read(into, offset, length);
        count += Math.max(0, read);
        return read;
    }

    @Override
    public void close() {
        // the caller's stream stays the caller's
    }
}
