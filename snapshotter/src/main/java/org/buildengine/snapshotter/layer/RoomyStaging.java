package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.nio.file.Path;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.linux.DiskWrites;
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
        return new RoomyStaged(DiskWrites.make("a layer", room, () -> staging.stage(purpose)), room);
    }

    private record RoomyStaged(Staged staged, Room room) implements Staged {
        @Override
        public LayerId id() {
            return staged.id();
        }

        @Override
        public Path directory() {
            return staged.directory();
        }

        @Override
        public LayerId publish() throws IOException {
            return DiskWrites.make("a layer", room, staged::publish);
        }

        @Override
        public void close() throws IOException {
            staged.close();
        }
    }
}
