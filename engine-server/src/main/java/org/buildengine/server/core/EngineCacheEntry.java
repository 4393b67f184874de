package org.buildengine.server.core;

import java.util.UUID;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/**
 * A record of the cache, as it was at one moment.
 *
 * @param moment of the set that it belongs to
 */
public record EngineCacheEntry(UUID moment, CacheRecord record) implements CoreObject {
    @Override
    public String typeName() {
        return "EngineCacheEntry";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("EngineCacheEntry")
                .text(moment.toString())
                .text(record.id())
                .finish();
    }
}
