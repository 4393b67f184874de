package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
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
 * a result was published that refers to it, and then as long as such a result; when none was for long, because what was to publish
 * it failed, it goes like what no result refers to any more. Safe for use by several threads.
 */
public final class BlobTable {
    private final Map<Digest, Long> sizes = new ConcurrentHashMap<>();
    private final StoreWriter writer;
    private final InstantSource clock;

    /** Which blobs results that are not published yet wait for. */
    private final Map<Digest, Claims> claims = new HashMap<>();

    private final Set<Digest> leaving = new HashSet<>();

    /**
     * Claims on a blob.
     *
     * @param count how many results wait for it
     * @param last when the last of them began to
     */
    private record Claims(int count, Instant last) {}

    BlobTable(StoreWriter writer, InstantSource clock) {
        this.writer = writer;
        this.clock = clock;
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
        oneMore(digest);
        return true;
    }

    /** Records a blob whose file has its name already, and claims it. */
    public void add(Digest digest, long size) throws IOException {
        byte[] row = ByteBuffer.allocate(Long.BYTES).putLong(size).array();
        writer.write(batch -> batch.commit(Table.BLOB, digest.toBytes(), row));
        synchronized (this) {
            sizes.put(digest, size);
            oneMore(digest);
        }
    }

    private synchronized void oneMore(Digest digest) {
        Claims before = claims.get(digest);
        claims.put(digest, new Claims(before == null ? 1 : before.count() + 1, clock.instant()));
    }

    /** A result that refers to them was published. */
    synchronized void referenced(Collection<Digest> digests) {
        for (Digest digest : digests) {
            claims.computeIfPresent(
                    digest,
                    (_, claimed) -> claimed.count() == 1 ? null : new Claims(claimed.count() - 1, claimed.last()));
        }
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
        Claims claimed = claims.get(digest);
        if (claimed != null && claimed.last().isAfter(clock.instant().minus(LayerShelf.UNCLAIMED))) {
            return OptionalLong.empty();
        }
        claims.remove(digest);
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
