package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.linux.DiskUsage;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;

/**
 * What layers and blobs take on disk, in bytes of allocated blocks. Measured when somebody asks, and kept in memory, since
 * neither changes; but a layer can get another form, which is said here. Platform threads only.
 */
final class Sizes {
    private final StoreLayout layout;
    private final Map<LayerId, Known> layers = new ConcurrentHashMap<>();

    /**
     * What a layer takes.
     *
     * @param bytes in the form that it has
     * @param earlier in the form that it had, as long as that is on the disk
     */
    private record Known(long bytes, long earlier) {
        long sum() {
            return bytes + earlier;
        }
    }

    Sizes(StoreLayout layout) {
        this.layout = layout;
    }

    Map<LayerId, Long> ofLayers(Collection<LayerId> wanted) throws IOException {
        var sizes = new HashMap<LayerId, Long>();
        for (LayerId layer : wanted) {
            sizes.put(layer, known(layer).sum());
        }
        return sizes;
    }

    private Known known(LayerId layer) throws IOException {
        Known known = layers.get(layer);
        if (known == null) {
            var measured = new Known(allocated(layout.layer(layer).toString()), 0);
            Known meanwhile = layers.putIfAbsent(layer, measured);
            known = meanwhile == null ? measured : meanwhile;
        }
        return known;
    }

    Map<Digest, Long> ofBlobs(Collection<Digest> wanted) throws IOException {
        var sizes = new HashMap<Digest, Long>();
        for (Digest blob : wanted) {
            sizes.put(blob, allocated(layout.blob(blob).toString()));
        }
        return sizes;
    }

    void forget(Collection<LayerId> gone) {
        layers.keySet().removeAll(gone);
    }

    /** Says that a layer is on the disk a second time, in the form that it gets, which takes {@code bytes}. */
    void twice(LayerId layer, long bytes) throws IOException {
        long before = known(layer).sum();
        layers.put(layer, new Known(bytes, before));
    }

    /** Says that a layer keeps the form that it had. */
    void onceAsBefore(LayerId layer) {
        layers.computeIfPresent(layer, (_, known) -> new Known(known.earlier(), 0));
    }

    /** Says that the form which a layer had is gone from the disk. */
    void onceAsNow(LayerId layer) {
        layers.computeIfPresent(layer, (_, known) -> new Known(known.bytes(), 0));
    }

    private static long allocated(String path) throws IOException {
        try {
            return DiskUsage.allocated(path);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return 0;
            }
            throw e;
        }
    }
}
