package org.buildengine.snapshotter.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;

/**
 * What comes as a stream, against what the host's programs make of it, in turns. Arguments: the root of a store, a scratch
 * directory, a tar of small files, a large file.
 */
public final class LayerBenchmark {
    private static final int ROUNDS = 5;
    private static final int COLD_ROUNDS = 3;

    /** What an import reads at once, and {@code cp} too. */
    private static final int COPY_BUFFER = 128 * 1024;

    private final Report report = new Report();
    private final DiskSnapshotter snapshotter;
    private final Path root;
    private final Path scratch;
    private final Path archive;
    private final Path large;

    private LayerBenchmark(DiskSnapshotter snapshotter, List<Path> paths) {
        this.snapshotter = snapshotter;
        this.root = paths.get(0);
        this.scratch = paths.get(1);
        this.archive = paths.get(2);
        this.large = paths.get(3);
    }

    public static void main(String[] arguments) throws Exception {
        List<Path> paths = Stream.of(arguments).map(Path::of).toList();
        try (var snapshotter = DiskSnapshotter.open(paths.getFirst(), DiskSnapshotter.Options.defaults())) {
            var benchmark = new LayerBenchmark(snapshotter, paths);
            benchmark.unpack();
            benchmark.readCold();
            benchmark.oneFile();
            benchmark.collect();
        }
    }

    private Snapshot imported() throws IOException {
        try (InputStream in = Files.newInputStream(archive)) {
            return snapshotter.importLayer(in, Optional.empty()).on(Snapshot.EMPTY);
        }
    }

    private Path untarred(String name) throws Exception {
        Path directory = Files.createDirectories(scratch.resolve(name));
        Report.command("tar", "x", "-f", archive.toString(), "-C", directory.toString());
        return directory;
    }

    private static void remove(Path directory) throws Exception {
        Report.command("rm", "-rf", directory.toString());
    }

    /** Waits until the disk has what was written before, so that nobody pays for somebody else's files. */
    private void written() throws Exception {
        Report.command("sync", "-f", root.toString());
    }

    private void unpack() throws Exception {
        double[] ours = new double[ROUNDS];
        double[] peer = new double[ROUNDS];
        for (int round = -3; round < ROUNDS; round++) {
            written();
            double taken = Report.millis(this::imported);
            written();
            // nothing is removed in between: ext4 makes files slowly for seconds after it removed many
            String place = "unpacked" + round;
            double theirs = Report.millis(() -> untarred(place));
            if (round >= 0) {
                ours[round] = taken;
                peer[round] = theirs;
            }
        }
        report.ratio("tar stream to a sealed layer", new Report.Times(ours), "tar x", new Report.Times(peer), 0.2);
    }

    private void publish(Snapshot output, Owner owner, String key) throws IOException {
        snapshotter.results().publish(NamedResult.of(key, output), owner);
    }

    private boolean trashIsEmpty() throws IOException {
        try (Stream<Path> entries = Files.list(root.resolve("trash"))) {
            return entries.findAny().isEmpty();
        }
    }

    private void collect() throws Exception {
        double[] ours = new double[ROUNDS];
        double[] peer = new double[ROUNDS];
        var directories = new Path[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            directories[round] = untarred("removed" + round);
        }
        for (int round = 0; round < ROUNDS; round++) {
            try (Owner owner = snapshotter.results().owner("benchmark")) {
                publish(imported(), owner, "collected " + round);
            }
            Path directory = directories[round];
            ours[round] = Report.millis(() -> {
                snapshotter.collector().prune(List.of(CachePolicy.everything("benchmark")));
                while (!trashIsEmpty()) {
                    TimeUnit.MICROSECONDS.sleep(200);
                }
            });
            peer[round] = Report.millis(() -> remove(directory));
        }
        report.time("collecting it, to an empty trash", new Report.Times(ours), "50 ms");
        report.time("  rm -rf of the directory", new Report.Times(peer), "none");
    }

    private void forget() throws Exception {
        Report.command("sh", "-c", "sync -f \"$1\"; echo 3 >/proc/sys/vm/drop_caches", "sh", scratch.toString());
    }

    private static void readAll(Path directory) throws Exception {
        Report.command("sh", "-c", "tar c -C \"$1\" . | cat >/dev/null", "sh", directory.toString());
    }

    private void readCold() throws Exception {
        Snapshot layer = imported();
        Path directory = untarred("read");
        double[] ours = new double[COLD_ROUNDS];
        double[] peer = new double[COLD_ROUNDS];
        for (int round = 0; round < COLD_ROUNDS; round++) {
            forget();
            ours[round] = Report.millis(() -> {
                try (MountedSnapshot mounted = snapshotter.mount(layer)) {
                    readAll(mounted.root());
                }
            });
            forget();
            peer[round] = Report.millis(() -> readAll(directory));
        }
        report.ratio("cold read of the layer", new Report.Times(ours), "of the directory", new Report.Times(peer), 0.4);
    }

    private void oneFile() throws Exception {
        long size = Files.size(large);
        Path copy = scratch.resolve("copy");
        double[] ours = new double[ROUNDS];
        double[] peer = new double[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            var written = Report.timed(() -> {
                try (LayerWriter writer = snapshotter.writeLayer("benchmark")) {
                    try (InputStream in = Files.newInputStream(large);
                            OutputStream out = writer.file("large", Attributes.ofMode(0644), size)) {
                        byte[] buffer = new byte[COPY_BUFFER];
                        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                            out.write(buffer, 0, read);
                        }
                    }
                    return writer.seal().on(Snapshot.EMPTY);
                }
            });
            try (Owner owner = snapshotter.results().owner("benchmark")) {
                publish(written.result(), owner, "large " + round);
            }
            snapshotter.collector().prune(List.of(CachePolicy.everything("benchmark")));
            double theirs =
                    Report.millis(() -> Report.command("cp", "--reflink=never", large.toString(), copy.toString()));
            Files.delete(copy);
            if (round >= 0) {
                ours[round] = written.millis();
                peer[round] = theirs;
            }
        }
        report.ratio("one large file into a layer", new Report.Times(ours), "cp", new Report.Times(peer), 1.5);
    }
}
