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
 * What layers and blobs take on disk, in bytes of allocated blocks. Measured when somebody asks, and kept in memory,
 * since neither changes. Platform threads only.
 */
final class Sizes {
    private final StoreLayout layout;
    private final Map<LayerId, Long> layers = new ConcurrentHashMap<>();

    Sizes(StoreLayout layout) {
        this.layout = layout;
    }

    Map<LayerId, Long> ofLayers(Collection<LayerId> wanted) throws IOException {
        var sizes = new HashMap<LayerId, Long>();
        for (LayerId layer : wanted) {
            Long known = layers.get(layer);
            if (known == null) {
                known = allocated(layout.layer(layer).toString());
                layers.put(layer, known);
            }
            sizes.put(layer, known);
        }
        return sizes;
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
