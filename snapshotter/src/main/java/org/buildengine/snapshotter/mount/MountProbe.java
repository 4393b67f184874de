package org.buildengine.snapshotter.mount;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.LoopDevice;
import org.buildengine.snapshotter.linux.Mounts;
import org.buildengine.snapshotter.linux.TreeRemoval;

/**
 * Finds out what this kernel lets us mount, by mounting it: version numbers lie where distributions patch, and security
 * modules forbid. Takes a few milliseconds. Platform threads only.
 */
public final class MountProbe {
    private static final System.Logger LOG = System.getLogger(MountProbe.class.getName());
    private static final int BLOCK = 4096;
    private static final int ROOT_AT = 2048;

    private final MountPoints points;
    private final Path scratch;

    /** A probe that works in {@code scratch}, a directory that is removed afterwards. */
    public MountProbe(MountPoints points, Path scratch) {
        this.points = points;
        this.scratch = scratch;
    }

    /** The best form of layers that works here. */
    public LayerForm layerForm() throws IOException {
        Path image = Files.createDirectories(scratch).resolve("probe.erofs");
        try {
            Files.write(image, emptyImage());
            if (mounts(() -> image.toString())) {
                return LayerForm.EROFS_FILE;
            }
            return mountsByLoop(image) ? LayerForm.EROFS_LOOP : LayerForm.DIRECTORY;
        } finally {
            TreeRemoval.remove(scratch.toString());
        }
    }

    /** The best way to mount an overlay here; empty if there is none, with the reason in the log. */
    public Optional<Overlay> overlay() throws IOException {
        try {
            for (boolean modern : new boolean[] {true, false}) {
                for (boolean unsynced : new boolean[] {true, false}) {
                    var overlay = new Overlay(modern, unsynced);
                    if (works(overlay)) {
                        return Optional.of(overlay);
                    }
                }
            }
            return Optional.empty();
        } finally {
            TreeRemoval.remove(scratch.toString());
        }
    }

    private boolean works(Overlay overlay) throws IOException {
        TreeRemoval.remove(scratch.toString());
        Path lower = Files.createDirectories(scratch.resolve("lower"));
        Path second = Files.createDirectories(scratch.resolve("second"));
        Path upper = Files.createDirectories(scratch.resolve("upper"));
        Path work = Files.createDirectories(scratch.resolve("work"));
        Path point = points.create();
        try {
            overlay.mount(point, List.of(lower, second), Optional.of(new Overlay.Writable(upper, work)));
            points.release(point);
            return true;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "no " + overlay, e);
            points.remove(point);
            return false;
        }
    }

    @FunctionalInterface
    private interface Source {
        String path() throws IOException;
    }

    private boolean mounts(Source source) throws IOException {
        Path point = points.create();
        try {
            Mounts.mount(source.path(), point.toString(), "erofs", Mounts.READ_ONLY, "");
            points.release(point);
            return true;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "an EROFS image cannot be mounted this way", e);
            points.remove(point);
            return false;
        }
    }

    private boolean mountsByLoop(Path image) throws IOException {
        try (LoopDevice loop = LoopDevice.attach(image.toString())) {
            return mounts(loop::path);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "no loop device", e);
            return false;
        }
    }

    /** An EROFS image of one block with an empty root directory; field offsets from the kernel's erofs_fs.h. */
    static byte[] emptyImage() {
        ByteBuffer image = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        int superblock = 1024;
        short root = (short) (ROOT_AT / 32);
        image.putInt(superblock, 0xE0F5E1E2);
        image.put(superblock + 12, (byte) 12);
        image.putShort(superblock + 14, root);
        image.putLong(superblock + 16, 1);
        image.putInt(superblock + 36, 1);
        short directory = 0040755;
        short inlineData = 2 << 1;
        int size = 2 * 12 + 3;
        image.putShort(ROOT_AT, inlineData);
        image.putShort(ROOT_AT + 4, directory);
        image.putShort(ROOT_AT + 6, (short) 2);
        image.putInt(ROOT_AT + 8, size);
        image.putInt(ROOT_AT + 20, 1);
        int entries = ROOT_AT + 32;
        byte typeDirectory = 2;
        for (int i = 0; i < 2; i++) {
            int entry = entries + 12 * i;
            image.putLong(entry, root);
            image.putShort(entry + 8, (short) (24 + i));
            image.put(entry + 10, typeDirectory);
        }
        image.put(entries + 24, "...".getBytes(StandardCharsets.US_ASCII));
        return image.array();
    }
}
