package org.buildengine.snapshotter.tree;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/**
 * The digests of the directories of one sealed layer, each with all that is in it. They are part of the digest of every tree
 * in which no other layer has the directory, so after a small change only what is above it is digested again. Safe for use by
 * several threads, which may compute the same digest twice.
 */
public final class DigestMemory {
    /** Remembers nothing. */
    static final DigestMemory NONE = new DigestMemory(Optional.empty());

    private final Optional<ConcurrentHashMap<Integer, byte[]>> known;

    private DigestMemory(Optional<ConcurrentHashMap<Integer, byte[]>> known) {
        this.known = known;
    }

    static DigestMemory empty() {
        return new DigestMemory(Optional.of(new ConcurrentHashMap<>()));
    }

    /** The digest of a directory, computed if it is not known. Nobody changes the bytes. */
    byte[] get(int directory, IntFunction<byte[]> computed) {
        if (known.isEmpty()) {
            return computed.apply(directory);
        }
        byte[] remembered = known.get().get(directory);
        if (remembered == null) {
            remembered = computed.apply(directory);
            known.get().put(directory, remembered);
        }
        return remembered;
    }
}
