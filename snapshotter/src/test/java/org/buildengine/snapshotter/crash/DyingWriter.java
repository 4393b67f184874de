package org.buildengine.snapshotter.crash;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.AtOnce;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.conversion.Conversion;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.Pace;

/**
 * A process that does everything that writes to a store, over and over, and dies at one point of it. It prints each result
 * that was published and is never to be removed, when it was told so.
 */
public final class DyingWriter {
    /** What the process ends with at its point. */
    static final int DIED = 137;

    static final String ENDING = "ending";
    static final String DURABLE = "durable";

    /** A recipe that leads to the newest of what is kept. */
    static final String LATEST = "latest";

    static final String KEPT = "kept/";
    private static final String LOOSE = "loose/";
    private static final int ROUNDS = 3;
    private static final int STEPS = 3;

    private static final Pace GIVING_UP = new Pace() {
        @Override
        public void next() throws IOException {
            throw new InterruptedIOException("nobody wants it");
        }

        @Override
        public boolean givenUp() {
            return true;
        }
    };

    private final DiskSnapshotter snapshotter;
    private final String run;
    private final PrintStream out;

    private DyingWriter(DiskSnapshotter snapshotter, String run, PrintStream out) {
        this.snapshotter = snapshotter;
        this.run = run;
        this.out = out;
    }

    /**
     * Arguments: root directory, name of this run, the point, how often it is passed. Instead of a point: "none" to go on until
     * killed, "epochs" to do that and print when an epoch is about to end and when it is durable, "all" to end in order, "open"
     * to do no more than open and close.
     */
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]);
        String run = arguments[1];
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII);
        boolean forEver = arguments[2].equals("none") || arguments[2].equals("epochs");
        switch (arguments[2]) {
            case "none", "all" -> {}
            case "epochs" -> tellEpochs(out);
            case "open" -> {
                DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults()).close();
                return;
            }
            default -> dieAt(WritePoint.valueOf(arguments[2]), Integer.parseInt(arguments[3]));
        }
        for (int round = 0; forEver || round < ROUNDS; round++) {
            var options = DiskSnapshotter.Options.defaults().withEpochInterval(Duration.ofMillis(50));
            try (var snapshotter = DiskSnapshotter.open(root, options)) {
                new DyingWriter(snapshotter, run + "-" + round, out).work();
            }
        }
    }

    private static void tellEpochs(PrintStream out) {
        WritePoint.listen(point -> {
            switch (point) {
                case EPOCH_ENDING -> out.println(ENDING);
                case EPOCH_DURABLE -> out.println(DURABLE);
                default -> {}
            }
        });
    }

    private static void dieAt(WritePoint wanted, int times) {
        var left = new AtomicInteger(times);
        WritePoint.listen(point -> {
            if (point == wanted && left.decrementAndGet() == 0) {
                Runtime.getRuntime().halt(DIED);
            }
        });
    }

    private void work() throws IOException {
        Snapshot base = Snapshot.EMPTY;
        try (Owner owner = snapshotter.results().owner("the writer")) {
            for (int step = 0; step < STEPS; step++) {
                base = step(base, run + "-" + step, owner);
            }
            snapshotter
                    .cacheVolumes()
                    .use(Digest.of(LOOSE), LOOSE + run, Optional.empty(), Attributes.ofMode(0755))
                    .close();
            snapshotter
                    .collector()
                    .prune(List.of(new CachePolicy(
                            "loose",
                            record -> record.origin().description().startsWith(LOOSE),
                            Duration.ZERO,
                            0,
                            0,
                            0)));
        }
    }

    private Snapshot step(Snapshot base, String name, Owner owner) throws IOException {
        try (LayerWriter abandoned = snapshotter.writeLayer("given up")) {
            abandoned.directory("never", Attributes.ofMode(0755));
        }
        Snapshot loose = layer(LOOSE + name).on(Snapshot.EMPTY);
        StoredResult unneeded = publish(LOOSE + name, List.of(loose), blob(LOOSE + name), Owner.NONE);
        if (name.endsWith("-0")) {
            // Held until the end of this round, so that it goes in the next, when its use was written down.
            owner.hold(unneeded.id());
        }
        // The same bytes in each round, though they are removed at the end of each.
        publish(LOOSE + run, List.of(), blob(LOOSE), Owner.NONE);
        Snapshot below = layer(name).on(base);
        Snapshot above;
        try (Workspace workspace = snapshotter.workspace(below)) {
            Path root = workspace.root();
            Files.delete(root.resolve("d/file"));
            Files.delete(root.resolve("d"));
            Files.createDirectory(root.resolve("d"));
            Files.writeString(root.resolve("file"), name);
            above = workspace.seal();
        }
        StoredResult kept = publish(KEPT + name, List.of(above), blob(KEPT + name), owner);
        snapshotter.results().addKey(KeyKind.CONTENT, Digest.of("c" + name), kept.id());
        snapshotter.results().addKey(KeyKind.RECIPE, Digest.of(LATEST), kept.id());
        var seed = new CacheVolumes.Seed(snapshotter.tree(above), "");
        snapshotter
                .cacheVolumes()
                .use(Digest.of(name), name, Optional.of(seed), Attributes.ofMode(0755))
                .close();
        owner.hold(kept.id());
        convert(above);
        out.println(kept.id() + " " + name);
        return above;
    }

    /** Makes an image of what the execution left, the second time that it is tried, while somebody uses the directory. */
    private void convert(Snapshot above) throws IOException {
        Conversion conversion = snapshotter.conversion().orElseThrow();
        LayerId layer = above.layers().getLast();
        try (MountedSnapshot _ = snapshotter.mount(above)) {
            conversion.convert(layer, GIVING_UP);
        } catch (InterruptedIOException e) {
            // as it was told to
        }
        try (MountedSnapshot _ = snapshotter.mount(above)) {
            conversion.convert(layer, AtOnce.PACE);
        }
    }

    private SealedLayer layer(String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
        try (LayerWriter layer = snapshotter.writeLayer("written")) {
            layer.directory("d", Attributes.ofMode(0755));
            try (OutputStream file = layer.file("d/file", Attributes.ofMode(0644), bytes.length)) {
                file.write(bytes);
            }
            return layer.seal();
        }
    }

    private Digest blob(String name) throws IOException {
        try (var ingest = snapshotter.blobs().ingest(Optional.empty())) {
            ingest.stream().write(name.getBytes(StandardCharsets.US_ASCII));
            return ingest.commit();
        }
    }

    private StoredResult publish(String name, List<Snapshot> outputs, Digest blob, Owner owner) throws IOException {
        var keys = Map.of(
                KeyKind.RECIPE, List.of(Digest.of(name)),
                KeyKind.PRODUCER, List.of(Digest.of("p" + name)));
        var origin = new Origin(RecordType.REGULAR, name);
        var result =
                new NewResult(keys, Digest.of(name), outputs, Map.of(), Set.of(blob), Duration.ofMillis(1), origin);
        return snapshotter.results().publish(result, owner);
    }
}
