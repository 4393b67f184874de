package org.buildengine.snapshotter.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.erofs.ReadAhead;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.layer.Layers;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.LoopDevice;
import org.buildengine.snapshotter.linux.Mounts;
import org.buildengine.snapshotter.store.StoreLayout;
import org.buildengine.snapshotter.store.Trash;

/**
 * Makes layers directories that an overlay can stand on: images are mounted, plain directories held open. Safe for use by
 * several threads that may make native calls.
 */
final class Lowers {
    private final StoreLayout layout;
    private final LayerCatalog catalog;
    private final Layers layers;
    private final Trash trash;
    private final MountPoints points;
    private final LayerForm form;
    private final ReadAhead readAhead = new ReadAhead();

    /**
     * A layer, or several as one, as a directory.
     *
     * @param path the tree
     * @param image what is mounted there, unless it is a plain directory
     * @param held a plain directory, which stays the same one when an image takes its place in the store
     * @param made what was made for it and goes with it
     */
    record Lower(Path path, Optional<ReadAhead.Image> image, Optional<Descriptor> held, Optional<Path> made) {}

    Lowers(StoreLayout layout, LayerCatalog catalog, Layers layers, Trash trash, MountPoints points, LayerForm form) {
        this.layout = layout;
        this.catalog = catalog;
        this.layers = layers;
        this.trash = trash;
        this.points = points;
        this.form = form;
    }

    /** Opens a layer, or writes several as one and opens that. */
    Lower open(List<LayerId> group) throws IOException {
        if (group.size() == 1) {
            return open(catalog.directory(group.getFirst()), Optional.empty());
        }
        Path directory = layout.work().resolve(UUID.randomUUID().toString());
        LinuxFiles.makeDirectory(directory.toString(), 0700);
        try {
            layers.flatten(group, directory);
            return open(directory, Optional.of(directory));
        } catch (IOException | RuntimeException e) {
            trash.discard(directory);
            throw e;
        }
    }

    private Lower open(Path directory, Optional<Path> made) throws IOException {
        Path image = directory.resolve(LayerCatalog.IMAGE);
        Descriptor held = Descriptor.directory(directory.toString());
        if (!Files.exists(held.path().resolve(LayerCatalog.IMAGE))) {
            return new Lower(held.path().resolve(LayerCatalog.FILES), Optional.empty(), Optional.of(held), made);
        }
        held.close();
        Path point = points.create();
        try {
            mountImage(image, point);
        } catch (IOException e) {
            points.remove(point);
            throw e;
        }
        var read = readAhead.of(image, directory.resolve(LayerCatalog.INDEX));
        return new Lower(point, Optional.of(read), Optional.empty(), made);
    }

    private void mountImage(Path image, Path point) throws IOException {
        if (form == LayerForm.EROFS_LOOP) {
            try (LoopDevice loop = LoopDevice.attach(image.toString())) {
                Mounts.mount(loop.path(), point.toString(), "erofs", Mounts.READ_ONLY, "");
            }
        } else {
            Mounts.mount(image.toString(), point.toString(), "erofs", Mounts.READ_ONLY, "");
        }
    }

    /** Lets go of what was opened; what was made for it goes. */
    void close(Lower lower) throws IOException {
        lower.held().ifPresent(Descriptor::close);
        try {
            if (lower.image().isPresent()) {
                points.release(lower.path());
            }
        } finally {
            if (lower.made().isPresent()) {
                trash.discard(lower.made().get());
            }
        }
    }
}
