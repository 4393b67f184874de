package org.buildengine.snapshotter.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.AtOnce;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.linux.DiskUsage;

/**
 * What executions leave, as a directory and as the image that becomes of it. Arguments: the root of a store, how often each is
 * measured, and pairs of how many files and how large each.
 */
public final class ConversionBenchmark {
    private static final int IN_A_DIRECTORY = 100;

    private final Report report = new Report();
    private final Path root;
    private final int rounds;

    /** What came of one kind of layers. */
    private final class Measured {
        private final double[] read = new double[rounds];
        private final double[] collected = new double[rounds];
        private long bytes;
    }

    private ConversionBenchmark(Path root, int rounds) {
        this.root = root;
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws Exception {
        var benchmark = new ConversionBenchmark(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        for (int i = 2; i < arguments.length; i += 2) {
            benchmark.measure(Integer.parseInt(arguments[i]), Integer.parseInt(arguments[i + 1]));
        }
    }

    private DiskSnapshotter open() throws IOException {
        return DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());
    }

    private void measure(int files, int size) throws Exception {
        var directories = new Measured();
        var images = new Measured();
        double[] converted = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            Snapshot directory = executed("directory", files, size);
            Snapshot image = executed("image", files, size);
            converted[round] = convert(image);
            directories.bytes = bytes(directory);
            images.bytes = bytes(image);
            directories.read[round] = readCold(directory);
            images.read[round] = readCold(image);
            directories.collected[round] = collect("directory");
            images.collected[round] = collect("image");
        }
        report.line("%d files of %d bytes: %d bytes as a directory, %d as an image"
                .formatted(files, size, directories.bytes, images.bytes));
        report.time("  conversion, to the disk", new Report.Times(converted), "none");
        report.ratio(
                "  cold read of the image",
                new Report.Times(images.read),
                "of the directory",
                new Report.Times(directories.read),
                0.4);
        report.ratio(
                "  collecting the image, to an empty trash",
                new Report.Times(images.collected),
                "the directory",
                new Report.Times(directories.collected),
                1);
    }

    private Snapshot executed(String name, int files, int size) throws IOException {
        var random = new Random(files);
        byte[] content = new byte[size];
        try (DiskSnapshotter snapshotter = open();
                Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            Path directory = workspace.root();
            for (int i = 0; i < files; i++) {
                if (i % IN_A_DIRECTORY == 0) {
                    directory = Files.createDirectory(workspace.root().resolve("d" + i));
                }
                random.nextBytes(content);
                Files.write(directory.resolve("file" + i), content);
            }
            Snapshot output = workspace.seal();
            snapshotter.results().publish(NamedResult.of(name, output), Owner.NONE);
            return output;
        }
    }

    private double convert(Snapshot output) throws Exception {
        try (DiskSnapshotter snapshotter = open()) {
            LayerId layer = output.layers().getFirst();
            var conversion = snapshotter.conversion().orElseThrow();
            double taken = Report.millis(() -> conversion.convert(layer, AtOnce.PACE));
            awaitEmptyTrash();
            return taken;
        }
    }

    private long bytes(Snapshot output) throws IOException {
        return DiskUsage.allocated(
                root.resolve("layers/" + output.layers().getFirst()).toString());
    }

    private double readCold(Snapshot output) throws Exception {
        try (DiskSnapshotter snapshotter = open()) {
            Report.command("sh", "-c", "sync -f \"$1\"; echo 3 >/proc/sys/vm/drop_caches", "sh", root.toString());
            return Report.millis(() -> {
                try (MountedSnapshot mounted = snapshotter.mount(output)) {
                    Report.command(
                            "sh",
                            "-c",
                            "tar c -C \"$1\" . | cat >/dev/null",
                            "sh",
                            mounted.root().toString());
                }
            });
        }
    }

    private boolean trashIsEmpty() throws IOException {
        try (Stream<Path> entries = Files.list(root.resolve("trash"))) {
            return entries.findAny().isEmpty();
        }
    }

    private void awaitEmptyTrash() throws Exception {
        while (!trashIsEmpty()) {
            TimeUnit.MICROSECONDS.sleep(200);
        }
    }

    private double collect(String name) throws Exception {
        try (DiskSnapshotter snapshotter = open()) {
            awaitEmptyTrash();
            var policy = new CachePolicy(
                    name, record -> record.origin().description().equals(name), Duration.ZERO, 0, 0, 0);
            return Report.millis(() -> {
                snapshotter.collector().prune(List.of(policy));
                awaitEmptyTrash();
            });
        }
    }
}
