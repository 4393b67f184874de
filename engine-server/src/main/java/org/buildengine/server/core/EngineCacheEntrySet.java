package org.buildengine.server.core;

import java.util.List;
import java.util.UUID;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/**
 * What the cache had at one moment.
 *
 * @param moment tells it from every other look
 * @param bytes on disk, what entries share counted once
 */
public record EngineCacheEntrySet(UUID moment, List<EngineCacheEntry> entries, long bytes) implements CoreObject {
    @Override
    public String typeName() {
        return "EngineCacheEntrySet";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("EngineCacheEntrySet")
                .text(moment.toString())
                .finish();
    }
}
