package org.buildengine.snapshotter.layer;

import java.nio.file.Path;
import java.util.UUID;
import org.buildengine.snapshotter.LayerId;

/** A layer that is made for a mount and stays where it is; the store never hears of it. */
record InPlace(LayerId id, Path directory) implements LayerStaging.Staged {
    InPlace(Path directory) {
        this(new LayerId(UUID.randomUUID().toString()), directory);
    }

    @Override
    public LayerId publish() {
        return id;
    }

    @Override
    public void close() {
        // the directory is the caller's
    }
}
