package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import org.buildengine.snapshotter.Digest;

/**
 * Remembers that the disk of a root did not take what was written to it, for as long as the kernel runs. The root itself
 * may not be able to: its file system is often read-only from then on, and without what was lost when it is mounted again,
 * in the same run of the kernel. So the note is in {@code /run}, which is empty when a machine starts.
 */
final class DiskFailures {
    private static final System.Logger LOG = System.getLogger(DiskFailures.class.getName());

    private final Path root;
    private final Path note;

    DiskFailures(Path root) {
        this.root = root;
        this.note = note(root);
    }

    /** Where the note about a root is. */
    static Path note(Path root) {
        String name = Digest.of(root.toString()).hex().substring(0, 16);
        return Path.of("/run", "build-engine-" + name + ".disk-failed");
    }

    /**
     * Names the time since the disk failed last, or since the kernel was started if it did not.
     *
     * @param bootId names the run of the kernel
     */
    String since(String bootId) {
        try {
            return bootId + " after " + new String(Files.readAllBytes(note), StandardCharsets.UTF_8).strip();
        } catch (NoSuchFileException e) {
            return bootId;
        } catch (IOException e) {
            LOG.log(Level.WARNING, "whether the disk of " + root + " failed cannot be read, so it may have", e);
            return bootId + " after something";
        }
    }

    /** Notes a failure. */
    void add() {
        try {
            String text = UUID.randomUUID() + " at " + root + "\n";
            Files.write(note, text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "that the disk of " + root + " failed cannot be noted", e);
        }
    }
}
