package org.buildengine.snapshotter.layer;

import java.io.IOException;
import org.buildengine.snapshotter.linux.Room;

/**
 * A staging that looks for room before a new layer is begun.
 *
 * @param staging where the layers are made
 * @param room asked for more when the disk is full
 */
public record RoomyStaging(LayerStaging staging, Room room) implements LayerStaging {
    @Override
    public LayerForm form() {
        return staging.form();
    }

    @Override
    public Staged stage(String purpose) throws IOException {
        room.keepFree();
        return staging.stage(purpose);
    }
}
