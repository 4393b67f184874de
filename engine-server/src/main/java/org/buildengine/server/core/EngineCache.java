package org.buildengine.server.core;

import org.buildengine.server.cache.CacheRules.Limits;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/** The engine's cache with its configured limits. */
public record EngineCache(Limits limits) implements CoreObject {
    @Override
    public String typeName() {
        return "EngineCache";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("EngineCache")
                .number(limits.reservedSpace())
                .number(limits.maxUsedSpace())
                .number(limits.minFreeSpace())
                .number(limits.targetSpace())
                .finish();
    }
}
