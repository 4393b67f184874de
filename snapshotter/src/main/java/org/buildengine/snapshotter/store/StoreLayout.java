package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;

/**
 * Where things are below the root of a store.
 *
 * @param root absolute, without links
 */
public record StoreLayout(Path root) {
    /** Makes the directories that are missing; the root is readable by its owner only. */
    public static StoreLayout create(Path root) throws IOException {
        Files.createDirectories(root);
        var layout = new StoreLayout(root.toRealPath());
        for (Path directory : new Path[] {
            layout.blobs(), layout.layers(), layout.work(), layout.trash(), layout.mounts(), layout.caches()
        }) {
            Files.createDirectories(directory);
        }
        return layout;
    }

    /** Held for as long as a process uses the store; its text is the process id. */
    public Path lock() {
        return root.resolve("lock");
    }

    /** The RocksDB. */
    public Path database() {
        return root.resolve("store");
    }

    /** Space that is set aside for {@link #database}. */
    Path reserve() {
        return root.resolve("reserve");
    }

    /** All blobs, by the first two digits of their digests. */
    public Path blobs() {
        return root.resolve("cas/sha256");
    }

    /** The place of one blob. */
    public Path blob(Digest digest) {
        String hex = digest.hex();
        return blobs().resolve(hex.substring(0, 2)).resolve(hex);
    }

    /** Complete layers. */
    public Path layers() {
        return root.resolve("layers");
    }

    /** The place of one layer. */
    public Path layer(LayerId id) {
        return layers().resolve(id.value());
    }

    /** What is being made; nothing in it outlives the process. */
    public Path work() {
        return root.resolve("work");
    }

    /** What is to be unlinked. */
    public Path trash() {
        return root.resolve("trash");
    }

    /** Mount points. */
    public Path mounts() {
        return root.resolve("mnt");
    }

    /** Cache volumes, by identity. */
    public Path caches() {
        return root.resolve("caches");
    }

    /** The place of one cache volume. */
    public Path volume(Digest identity) {
        return caches().resolve(identity.hex());
    }
}
