package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Consumer;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.pipeline.BackgroundDigest;
import org.jspecify.annotations.Nullable;

/** The stream of one file of a new layer: counts, hashes and passes on. Used by one thread at a time. */
final class LayerFileStream extends OutputStream {
    private final String path;
    private final LayerSink.SinkFile file;
    private final long size;
    private final Optional<Digest> known;
    private final @Nullable BackgroundDigest digest;
    private final Ending ending;
    private Consumer<LayerFileStream> ended = _ -> {};
    private long written;
    private boolean closed;

    /** Told when the file is complete. */
    @FunctionalInterface
    interface Ending {
        void finished(Finished file, LayerSink.Place place);
    }

    /** A complete file. */
    record Finished(LayerFileStream stream, Digest digest) {}

    /** A stream of {@code size} bytes whose digest may be known already. */
    LayerFileStream(String path, LayerSink.SinkFile file, long size, Optional<Digest> known, Ending ending) {
        this.path = path;
        this.file = file;
        this.size = size;
        this.known = known;
        this.digest = known.isPresent() ? null : new BackgroundDigest(size);
        this.ending = ending;
    }

    LayerFileStream registered(Consumer<LayerFileStream> whenEnded) {
        ended = whenEnded;
        return this;
    }

    String path() {
        return path;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException(path + ": the file is complete");
        }
        if (length > size - written) {
            throw new IOException(path + ": got more than the announced " + size + " bytes");
        }
        file.write(bytes, offset, length);
        if (digest != null) {
            digest.update(bytes, offset, length);
        }
        written += length;
    }

    /** Lets go of what the file holds open, when its layer is discarded. */
    void abandon() throws IOException {
        try (digest) {
            file.close();
        }
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (digest) {
            if (written != size) {
                // it stays registered, so that the layer cannot be sealed with half a file
                file.close();
                throw new IOException(path + ": got only " + written + " of the announced " + size + " bytes");
            }
            LayerSink.Place place = file.finish();
            Digest content = digest == null ? known.orElseThrow() : digest.finish();
            ending.finished(new Finished(this, content), place);
            ended.accept(this);
        }
    }
}
