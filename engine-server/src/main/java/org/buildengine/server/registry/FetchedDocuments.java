package org.buildengine.server.registry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;

/**
 * The last small documents that were fetched by digest, up to a number of bytes. Kept per repository: what one may read
 * says nothing about another. Safe for several threads.
 */
final class FetchedDocuments {
    private record Key(String repository, Digest digest) {}

    private final Map<Key, byte[]> entries = new LinkedHashMap<>(64, 0.75f, true);
    private final long limit;
    private long bytes;

    FetchedDocuments(long limit) {
        this.limit = limit;
    }

    synchronized Optional<byte[]> find(String repository, Digest digest) {
        return Optional.ofNullable(entries.get(new Key(repository, digest)));
    }

    synchronized void add(String repository, Digest digest, byte[] body) {
        if (body.length > limit / 4 || entries.putIfAbsent(new Key(repository, digest), body) != null) {
            return;
        }
        bytes += body.length;
        var oldestFirst = entries.entrySet().iterator();
        while (bytes > limit && oldestFirst.hasNext()) {
            bytes -= oldestFirst.next().getValue().length;
            oldestFirst.remove();
        }
    }
}
