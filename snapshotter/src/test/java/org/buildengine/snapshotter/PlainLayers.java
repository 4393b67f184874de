package org.buildengine.snapshotter;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.LayerStaging;
import org.buildengine.snapshotter.layer.Layers;
import org.buildengine.snapshotter.layer.Pace;

/** Layers without indexes, for tests of everything around layers. Images are made by the distribution's tool. */
public final class PlainLayers implements Layers {
    private final LayerStaging staging;

    public PlainLayers(LayerStaging staging) {
        this.staging = staging;
    }

    /** A layer that is kept as a directory, with these files. */
    LayerId directory(Map<String, String> files) throws IOException {
        try (var staged = staging.stage("test")) {
            write(staged.directory().resolve(LayerCatalog.FILES), files);
            Files.createFile(staged.directory().resolve(LayerCatalog.INDEX));
            return staged.publish();
        }
    }

    /** A layer that is kept as an image, with these files. */
    LayerId image(Map<String, String> files) throws Exception {
        try (var staged = staging.stage("test")) {
            Path source = staged.directory().resolve("source");
            write(source, files);
            Path image = staged.directory().resolve(LayerCatalog.IMAGE);
            Process mkfs = new ProcessBuilder("mkfs.erofs", "-T0", image.toString(), source.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!mkfs.waitFor(1, TimeUnit.MINUTES) || mkfs.exitValue() != 0) {
                mkfs.destroyForcibly();
                throw new IOException("mkfs.erofs failed");
            }
            Files.createFile(staged.directory().resolve(LayerCatalog.INDEX));
            return staged.publish();
        }
    }

    private static void write(Path root, Map<String, String> files) throws IOException {
        Files.createDirectories(root);
        for (var file : files.entrySet()) {
            Path path = root.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
    }

    @Override
    public boolean onlyVisited(Path upperDirectory, Snapshot base) {
        return false;
    }

    @Override
    public Snapshot sealUpper(Path upperDirectory, Snapshot base, BooleanSupplier givenUp) throws IOException {
        try (var staged = staging.stage("sealed")) {
            Files.move(upperDirectory, staged.directory().resolve(LayerCatalog.FILES));
            Files.createFile(staged.directory().resolve(LayerCatalog.INDEX));
            return base.plus(staged.publish());
        }
    }

    @Override
    public long contentBytes(LayerId layer) {
        return 0;
    }

    @Override
    public long contentFiles(LayerId layer) {
        return 0;
    }

    @Override
    public void writeImage(LayerId layer, Path directory, Pace pace) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void flatten(List<LayerId> lowestFirst, Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public LayerWriter write(String purpose) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tree tree(Snapshot snapshot) {
        throw new UnsupportedOperationException();
    }

    @Override
    public TreeEditor edit(Snapshot base) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SealedLayer importLayer(InputStream archive, Optional<Digest> diffId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public PackedLayer packLayer(LayerId layer, PackOptions options, OutputStream out) {
        throw new UnsupportedOperationException("nothing to pack");
    }

    @Override
    public Snapshot stack(List<Snapshot> lowestFirst) {
        throw new UnsupportedOperationException("no images in memory");
    }

    @Override
    public Snapshot diff(Tree lower, String lowerPath, Tree upper, String upperPath) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Snapshot changes(Tree lower, Tree upper) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Snapshot subtree(Tree tree, String path) {
        throw new UnsupportedOperationException();
    }
}
