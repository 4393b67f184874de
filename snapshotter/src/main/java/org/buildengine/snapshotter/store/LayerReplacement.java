package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.DiskUsage;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;

/**
 * Another form of a layer, made beside it and put in its place by one exchange of names; rows have nothing to do with it. What
 * takes the place is on the disk before it does, and what was there is removed only when the exchange is on the disk, so that
 * neither a death nor a loss of power leaves less than one whole form. Until both are done it is a leftover in {@code work/}, which
 * goes at the next start. Used by one platform thread up to {@link #takePlace}.
 */
public final class LayerReplacement implements Closeable {
    private static final System.Logger LOG = System.getLogger(LayerReplacement.class.getName());

    private final StoreLayout layout;
    private final LayerShelf layers;
    private final Trash trash;
    private final Sizes sizes;
    private final LayerId layer;
    private final Path directory;
    private boolean placed;

    LayerReplacement(StoreLayout layout, LayerShelf layers, Trash trash, Sizes sizes, LayerId layer)
            throws IOException {
        this.layout = layout;
        this.layers = layers;
        this.trash = trash;
        this.sizes = sizes;
        this.layer = layer;
        this.directory = layout.work().resolve(UUID.randomUUID().toString());
        LinuxFiles.makeDirectory(directory.toString(), 0700);
        WritePoint.CONVERSION_STAGED.reached();
    }

    /** The directory to fill, as {@link org.buildengine.snapshotter.layer.LayerCatalog} describes it. */
    public Path directory() {
        return directory;
    }

    /** Brings what was made to the disk, which may take long. */
    public void synchronise() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                synchronise(file);
            }
        }
        synchronise(directory);
        WritePoint.CONVERSION_SYNCHRONISED.reached();
    }

    private static void synchronise(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Puts what was made, and synchronised, in the place of the layer.
     *
     * @return whether it did; not if the layer was removed meanwhile
     */
    public boolean takePlace() throws IOException {
        sizes.twice(layer, DiskUsage.allocated(directory.toString()));
        try {
            LinuxFiles.exchange(directory.toString(), layout.layer(layer).toString());
            placed = true;
            WritePoint.CONVERSION_PLACED.reached();
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        } finally {
            if (!placed) {
                sizes.onceAsBefore(layer);
            }
            forgetIfGone();
        }
        return placed;
    }

    /** The collector does not know that somebody measured what it removed. */
    private void forgetIfGone() {
        if (!layers.has(layer)) {
            sizes.forget(List.of(layer));
        }
    }

    /** Brings the exchange to the disk. */
    public void settle() throws IOException {
        synchronise(layout.layers());
        synchronise(layout.work());
        WritePoint.CONVERSION_DURABLE.reached();
    }

    /** Sends what was in the place before to the trash, by one rename. Nothing is mounted of it any more, and all is settled. */
    public void retire() {
        try {
            trash.discard(directory, () -> sizes.onceAsNow(layer));
            WritePoint.CONVERSION_RETIRED.reached();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the directory of a layer that is an image now stays until the next start", e);
        }
    }

    /** Discards what was made, unless it took its place. */
    @Override
    public void close() throws IOException {
        if (!placed) {
            trash.discard(directory);
            WritePoint.CONVERSION_GIVEN_UP.reached();
        }
    }
}
