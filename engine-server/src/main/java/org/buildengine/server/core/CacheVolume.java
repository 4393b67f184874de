package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/**
 * A persistent directory. Everything here is its identity: another sharing, owner or source is another volume.
 *
 * @param key the name that the user gave it
 * @param source what a new volume starts with
 * @param sharing {@code SHARED}, {@code LOCKED} or {@code PRIVATE}
 * @param owner owner of the root of a new volume, as the user wrote it; empty for root
 */
public record CacheVolume(String key, Optional<Directory> source, String sharing, String owner) implements CoreObject {
    private static final String NAMESPACE = "mainClient";
    private static final String SHARED = "SHARED";

    /**
     * This volume with what a mount says about it: what the mount leaves at its default stays.
     *
     * @param mountSource what the mount names as source
     * @param mountSharing the mount's sharing
     * @param mountOwner the mount's owner; may be empty
     */
    CacheVolume mountedWith(Optional<Directory> mountSource, String mountSharing, String mountOwner) {
        return new CacheVolume(
                key,
                mountSource.or(() -> source),
                mountSharing.equals(SHARED) ? sharing : mountSharing,
                mountOwner.isEmpty() ? owner : mountOwner);
    }

    /** Whether executions that mount it run one after another. */
    public boolean exclusive() {
        return !sharing.equals(SHARED);
    }

    @Override
    public String typeName() {
        return "CacheVolume";
    }

    @Override
    public Digest digest() {
        var encoder = new KeyEncoder().text("CacheVolume").text(NAMESPACE).text(key);
        encoder.flag(source.isPresent());
        source.ifPresent(directory -> encoder.digest(directory.digest()));
        return encoder.text(sharing).text(owner).finish();
    }
}
