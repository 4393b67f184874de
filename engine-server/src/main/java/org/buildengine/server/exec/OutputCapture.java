package org.buildengine.server.exec;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.Digest;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an output: in memory while it is short, in a blob from then on, so that the heap does not grow with it. Used by
 * one thread. Closing without {@link #keep} discards it.
 */
final class OutputCapture implements Closeable {
    /** Longest output, in bytes, that is kept as a fact. */
    static final int INLINE = 4096;

    private final BlobStore blobs;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private BlobStore.@Nullable Ingest ingest;

    OutputCapture(BlobStore blobs) {
        this.blobs = blobs;
    }

    void add(byte[] bytes) throws IOException {
        if (ingest == null && memory.size() + bytes.length > INLINE) {
            spill();
        }
        if (ingest == null) {
            memory.writeBytes(bytes);
        } else {
            ingest.stream().write(bytes);
        }
    }

    boolean isEmpty() {
        return ingest == null && memory.size() == 0;
    }

    /** Another capture of what came so far. The caller closes it. */
    OutputCapture copy() throws IOException {
        var copy = new OutputCapture(blobs);
        if (ingest == null) {
            copy.add(memory.toByteArray());
            return copy;
        }
        try {
            copy.spill();
            ingest.copyTo(Objects.requireNonNull(copy.ingest).stream());
            return copy;
        } catch (IOException | RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    private void spill() throws IOException {
        ingest = blobs.ingest(Optional.empty());
        memory.writeTo(ingest.stream());
        memory.reset();
    }

    /** Keeps it, as the fact {@code textFact} or as a blob that {@code blobFact} names. */
    void keep(String textFact, String blobFact, Map<String, String> facts, Set<Digest> kept) throws IOException {
        if (ingest == null) {
            Optional<String> text = text(memory.toByteArray());
            if (text.isPresent()) {
                facts.put(textFact, text.get());
                return;
            }
            // Facts are texts; what is not one keeps its bytes as a blob.
            spill();
        }
        Digest digest = Objects.requireNonNull(ingest).commit();
        facts.put(blobFact, digest.toString());
        kept.add(digest);
    }

    private static Optional<String> text(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        if (ingest != null) {
            ingest.close();
        }
    }
}
