package org.buildengine.snapshotter.pipeline;

import java.io.Closeable;
import java.io.IOException;
import java.security.MessageDigest;
import org.buildengine.snapshotter.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 that a {@link Stage} computes if there is much of it, while whoever gives it the bytes goes on with them. Used by
 * one thread.
 */
public final class BackgroundDigest implements Closeable {
    /** Less than this is not worth a thread. */
    private static final long MUCH = 4 << 20;

    private static final int BLOCK = 256 * 1024;

    private final MessageDigest sha = Digest.sha256();
    private final boolean alone;
    private @Nullable Stage<Block> stage;

    private static final class Block {
        final byte[] bytes = new byte[BLOCK];
        int used;
    }

    /** A digest of about {@code expected} bytes. */
    public BackgroundDigest(long expected) {
        this.alone = expected < MUCH;
    }

    /** Takes the next bytes. */
    public void update(byte[] bytes, int offset, int length) throws IOException {
        if (alone) {
            sha.update(bytes, offset, length);
            return;
        }
        if (stage == null) {
            stage = new Stage<>("digest", Block::new, this::hash);
        }
        copy(bytes, offset, length, stage);
    }

    private static void copy(byte[] bytes, int offset, int length, Stage<Block> into) throws IOException {
        int end = offset + length;
        for (int at = offset; at < end; ) {
            if (into.buffer().used == BLOCK) {
                into.handOver();
            }
            Block block = into.buffer();
            int taken = Math.min(end - at, BLOCK - block.used);
            System.arraycopy(bytes, at, block.bytes, block.used, taken);
            block.used += taken;
            at += taken;
        }
    }

    private void hash(Block block) {
        sha.update(block.bytes, 0, block.used);
        block.used = 0;
    }

    /** The digest of all that was given; asked for once, at the end. */
    public Digest finish() throws IOException {
        if (stage != null) {
            stage.finish();
        }
        return Digest.finish(sha);
    }

    /** Ends the thread. */
    @Override
    public void close() {
        if (stage != null) {
            stage.close();
        }
    }
}
