package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.snapshotter.Digest;

/**
 * Which blobs are here, and their sizes: rows on disk, all of them in memory. A blob that was written or claimed stays until
 * a result was published that refers to it, and then as long as such a result. Safe for use by several threads.
 */
public final class BlobTable {
    private final Map<Digest, Long> sizes = new ConcurrentHashMap<>();
    private final StoreWriter writer;

    /** How many results that are not published yet wait for a blob. */
    private final Map<Digest, Integer> claims = new HashMap<>();

    private final Set<Digest> leaving = new HashSet<>();

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

    /** Makes a blob that is here stay for a result that will refer to it; false if it is not here. */
    public synchronized boolean claim(Digest digest) {
        boolean interrupted = false;
        while (leaving.contains(digest)) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!sizes.containsKey(digest)) {
            return false;
        }
        claims.merge(digest, 1, Integer::sum);
        return true;
    }

    /** Records a blob whose file has its name already, and claims it. */
    public void add(Digest digest, long size) throws IOException {
        byte[] row = ByteBuffer.allocate(Long.BYTES).putLong(size).array();
        writer.write(batch -> batch.commit(Table.BLOB, digest.toBytes(), row));
        synchronized (this) {
            sizes.put(digest, size);
            claims.merge(digest, 1, Integer::sum);
        }
    }

    /** A result that refers to them was published. */
    synchronized void referenced(Collection<Digest> digests) {
        digests.forEach(digest -> claims.computeIfPresent(digest, (_, count) -> count == 1 ? null : count - 1));
    }

    /** All blobs and their sizes, as a copy. */
    Map<Digest, Long> all() {
        return new HashMap<>(sizes);
    }

    /**
     * Lets a blob go unless it is claimed; from now on nobody finds it, and who wants to claim it waits for {@link #left} or
     * {@link #stay}.
     *
     * @return its size, if it goes
     */
    synchronized OptionalLong leave(Digest digest) {
        if (claims.containsKey(digest)) {
            return OptionalLong.empty();
        }
        Long size = sizes.remove(digest);
        if (size == null) {
            return OptionalLong.empty();
        }
        leaving.add(digest);
        return OptionalLong.of(size);
    }

    /** A blob that was let go stays after all. */
    synchronized void stay(Digest digest, long size) {
        sizes.put(digest, size);
        leaving.remove(digest);
        notifyAll();
    }

    /** The files of these blobs have gone. */
    synchronized void left(Collection<Digest> digests) {
        leaving.removeAll(digests);
        notifyAll();
    }
}
