package org.buildengine.snapshotter.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.store.Trash;

/**
 * The directories of one workspace on the disk: what is written to it, and where the kernel prepares that. Platform threads
 * only.
 */
record WorkspaceDirectory(Path path) {
    /** What the kernel leaves in the directory that it is given: a mark that writes were not synced, and directories. */
    private static final String MARK = "work/incompat/volatile/dirty";

    private static final List<String> DIRECTORIES = List.of("work/incompat/volatile", "work/incompat", "work");

    /** One that is still to be made, whose name no other has. */
    static WorkspaceDirectory in(Path parent) {
        return new WorkspaceDirectory(parent.resolve(UUID.randomUUID().toString()));
    }

    /** Gets the changes. */
    Path upper() {
        return path.resolve("upper");
    }

    /** Both, for a mount. */
    Overlay.Writable writable() {
        return new Overlay.Writable(upper(), work());
    }

    private Path work() {
        return path.resolve("work");
    }

    void make() throws LinuxException {
        LinuxFiles.makeDirectory(path.toString(), 0700);
        LinuxFiles.makeDirectory(upper().toString(), 0755);
        LinuxFiles.makeDirectory(work().toString(), 0700);
    }

    /**
     * Takes it away, when nothing is mounted there any more. Where nothing was written, or what was written has been moved away, a
     * few small names are left, and removing them costs less than having that done later.
     */
    void discard(Trash trash) throws IOException {
        try {
            LinuxFiles.removeDirectory(upper().toString());
            LinuxFiles.unlink(work().resolve(MARK).toString());
            for (String empty : DIRECTORIES) {
                LinuxFiles.removeDirectory(work().resolve(empty).toString());
            }
            LinuxFiles.removeDirectory(work().toString());
            LinuxFiles.removeDirectory(path.toString());
        } catch (LinuxException _) {
            trash.discard(path);
        }
    }
}
