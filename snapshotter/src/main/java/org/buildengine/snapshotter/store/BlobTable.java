package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.snapshotter.Digest;

/** Which blobs are here, and their sizes: rows on disk, all of them in memory. Safe for use by several threads. */
public final class BlobTable {
    private final Map<Digest, Long> sizes = new ConcurrentHashMap<>();
    private final StoreWriter writer;

    BlobTable(StoreWriter writer) {
        this.writer = writer;
    }

    void restore(Digest digest, byte[] row) {
        sizes.put(digest, ByteBuffer.wrap(row).getLong());
    }

    /** The size of a blob that is here. */
    public OptionalLong size(Digest digest) {
        Long size = sizes.get(digest);
        return size == null ? OptionalLong.empty() : OptionalLong.of(size);
    }

    /** Records a blob whose file has its name already. */
    public void add(Digest digest, long size) throws IOException {
        byte[] row = ByteBuffer.allocate(Long.BYTES).putLong(size).array();
        writer.write(batch -> batch.commit(Table.BLOB, digest.toBytes(), row));
        sizes.put(digest, size);
    }
}
