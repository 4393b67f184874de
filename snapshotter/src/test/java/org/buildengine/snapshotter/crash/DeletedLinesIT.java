package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.snapshotter.fault.WritePoint.BATCH_WRITTEN;
import static org.buildengine.snapshotter.fault.WritePoint.BLOB_NAMED;
import static org.buildengine.snapshotter.fault.WritePoint.EPOCH_ENDED;
import static org.buildengine.snapshotter.fault.WritePoint.LAYER_SHELVED;
import static org.buildengine.snapshotter.fault.WritePoint.LAYER_STAGED;
import static org.buildengine.snapshotter.fault.WritePoint.RESULT_WRITTEN;
import static org.buildengine.snapshotter.fault.WritePoint.VOLUME_NAMED;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.Mounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whether {@link StoreChecker} finds anything at all: of the code that writes, one statement after the other is deleted, a
 * process runs with what is left of it, to its end and to a death, and the checker has to find fault. {@code
 * docs/dev/deleted-lines} does it for all, and prints what was found; otherwise it is done for some.
 */
class DeletedLinesIT {
    private static final boolean ALL = Boolean.getBoolean("engine.deleted.all");

    /** Of so many statements one is tried when not all are. */
    private static final int SAMPLE = 9;

    @TempDir
    Path temporary;

    /**
     * A statement of the sources.
     *
     * @param file below the snapshotter's packages
     * @param statement how its first line begins
     * @param point where a death shows that it is missing
     */
    record Deletion(String file, String statement, WritePoint point) {
        @Override
        public String toString() {
            return file + ": " + statement;
        }
    }

    private static final List<Deletion> DELETIONS = List.of(
            new Deletion("blob/DiskBlobStore", "file.name(place);", BATCH_WRITTEN),
            new Deletion("blob/DiskBlobStore", "table.add(digest, size);", RESULT_WRITTEN),
            new Deletion("blob/DiskBlobStore", "sha256.update(bytes, offset, length);", RESULT_WRITTEN),
            new Deletion("layer/DraftLayer", "index.save(", RESULT_WRITTEN),
            new Deletion("layer/DraftLayer", "sink.finish(draft);", RESULT_WRITTEN),
            // before the layer becomes an image, which has an index of its own
            new Deletion("layer/DiskLayers", "index.save(", VOLUME_NAMED),
            new Deletion("layer/DiskLayers", "LinuxFiles.rename(upperDirectory", RESULT_WRITTEN),
            new Deletion("layer/ImageCopy", "draft.content(node,", RESULT_WRITTEN),
            new Deletion("layer/ImageCopy", "copied.save(", RESULT_WRITTEN),
            new Deletion("layer/ImageCopy", "sink.finish(copy.draft);", RESULT_WRITTEN),
            new Deletion("store/LayerReplacement", "trash.discard(directory);", RESULT_WRITTEN),
            new Deletion("erofs/Superblock", "image.cut(image.end());", RESULT_WRITTEN),
            new Deletion("store/LayerShelf", "LinuxFiles.rename(directory", RESULT_WRITTEN),
            new Deletion("store/LayerShelf", "batch.commit(Table.LAYER", RESULT_WRITTEN),
            new Deletion("store/LayerShelf", "batch.delete(Table.INTENT", RESULT_WRITTEN),
            new Deletion("store/LayerShelf", "trash.discard(directory);", RESULT_WRITTEN),
            new Deletion("store/LayerShelf", "writer.submit(batch -> batch.delete(Table.INTENT", RESULT_WRITTEN),
            new Deletion("store/LayerShelf", "batch.delete(Table.LAYER", RESULT_WRITTEN),
            new Deletion("store/RocksResultStore", "batch.commit(Table.RESULT", RESULT_WRITTEN),
            new Deletion("store/RocksResultStore", "layers.keep(layer, batch);", RESULT_WRITTEN),
            new Deletion("store/RocksResultStore", "batch.put(Table.META, RESERVED", RESULT_WRITTEN),
            new Deletion("store/Removal", "batch.delete(Table.RESULT, key);", RESULT_WRITTEN),
            new Deletion("store/Removal", "batch.delete(Table.USED, key);", RESULT_WRITTEN),
            new Deletion("store/Removal", "batch.put(Table.TOMBSTONE, key, ", RESULT_WRITTEN),
            new Deletion("store/Removal", "batch.delete(Table.BLOB, blob.toBytes());", RESULT_WRITTEN),
            new Deletion("store/Removal", "parts.trash.discard(parts.layout.layer(layer));", RESULT_WRITTEN),
            new Deletion("store/Removal", "parts.trash.discard(parts.layout.blob(blob));", RESULT_WRITTEN),
            new Deletion("store/StoreWriter", "put(Table.EPOCH, epochKey", EPOCH_ENDED),
            new Deletion("store/Epochs", "batch.put(Table.META, DURABLE", RESULT_WRITTEN),
            new Deletion("store/Epochs", "batch.deleteRange(Table.EPOCH", RESULT_WRITTEN),
            new Deletion("store/Store", "epochs.close();", RESULT_WRITTEN),
            new Deletion("store/Reconciliation", "discard(leftover);", LAYER_STAGED),
            new Deletion("store/Reconciliation", "discard(directory);", LAYER_SHELVED),
            new Deletion("store/Reconciliation", "discard(file);", BLOB_NAMED),
            new Deletion("store/Reconciliation", "dropIntents();", LAYER_SHELVED),
            new Deletion("cache/DiskCacheVolumes", "table.removed(identity);", VOLUME_NAMED));

    static List<Deletion> deletions() {
        var tried = new ArrayList<Deletion>();
        for (int i = 0; i < DELETIONS.size(); i += ALL ? 1 : SAMPLE) {
            tried.add(DELETIONS.get(i));
        }
        return tried;
    }

    @AfterEach
    void unmount() throws Exception {
        for (String mounted : Mounts.below(temporary)) {
            Mounts.detach(mounted);
        }
    }

    @ParameterizedTest
    @MethodSource("deletions")
    void checkerFindsThatTheStatementIsMissing(Deletion deletion) throws Exception {
        String classes = compileWithout(deletion) + ":" + System.getProperty("java.class.path");
        List<String> found = new ArrayList<>();
        Path ended = temporary.resolve("ended");
        run(ended, classes, "all");
        found.addAll(StoreChecker.afterClosing(ended));
        Path died = temporary.resolve("died");
        run(died, classes, deletion.point().name());
        found.addAll(StoreChecker.afterDeath(died));
        run(died, classes, "open");
        found.addAll(StoreChecker.afterClosing(died));
        System.out.println("| `" + deletion.file() + "` | `" + deletion.statement() + "` | " + summary(found) + " |");
        assertThat(found).isNotEmpty();
    }

    /** The first of what was found, with the names of this one run left out. */
    private String summary(List<String> found) {
        return found.isEmpty()
                ? "nothing"
                : found.getFirst()
                        .replace(temporary.toString(), "")
                        .replaceAll("/(ended|died)/", "")
                        .replaceAll("[0-9a-f]{32,}", "…")
                        .replaceAll("0{8,}[0-9a-f]*", "n");
    }

    private Path compileWithout(Deletion deletion) throws IOException {
        Path source = Path.of("src/main/java/org/buildengine/snapshotter", deletion.file() + ".java");
        var left = new ArrayList<String>();
        int deleted = 0;
        boolean within = false;
        for (String line : Files.readAllLines(source)) {
            within |= deleted == 0 && line.strip().startsWith(deletion.statement());
            if (within) {
                deleted++;
                within = !line.endsWith(";");
            } else {
                left.add(line);
            }
        }
        assertThat(deleted).as("lines deleted").isPositive();
        Path broken = temporary.resolve(source.getFileName().toString());
        Files.write(broken, left);
        Path classes = Files.createDirectories(temporary.resolve("classes"));
        var compiler = ToolProvider.getSystemJavaCompiler();
        var complaints = new java.io.ByteArrayOutputStream();
        int status = compiler.run(
                null,
                complaints,
                complaints,
                "-nowarn",
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                broken.toString());
        assertThat(status).as(complaints.toString(US_ASCII)).isZero();
        return classes;
    }

    /** Runs a writer to its end, which may be an exception. */
    private static void run(Path root, String classes, String until) throws Exception {
        Process child = Writers.startWith(classes, root, "deleted", until, "1");
        try (var said = child.inputReader(US_ASCII)) {
            said.lines().forEach(_ -> {});
            assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            child.destroyForcibly();
        }
    }
}
