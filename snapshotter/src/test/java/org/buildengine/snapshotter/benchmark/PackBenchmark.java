package org.buildengine.snapshotter.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.PackOptions;
import org.buildengine.snapshotter.PackOptions.Compression;

/**
 * Archives of layers, packed and unpacked, in turns with shell commands that do the same. Arguments: the root of a store and a
 * scratch directory, then "pack", a directory, and a tar of it; or "unpack", an archive, and a shell command.
 */
public final class PackBenchmark {
    private static final int ROUNDS = 3;

    private final Report report = new Report();
    private final DiskSnapshotter snapshotter;
    private final Path scratch;

    private PackBenchmark(DiskSnapshotter snapshotter, Path scratch) {
        this.snapshotter = snapshotter;
        this.scratch = scratch;
    }

    public static void main(String[] arguments) throws Exception {
        try (var snapshotter = DiskSnapshotter.open(Path.of(arguments[0]), DiskSnapshotter.Options.defaults())) {
            var benchmark = new PackBenchmark(snapshotter, Path.of(arguments[1]));
            if (arguments[2].equals("pack")) {
                benchmark.pack(Path.of(arguments[3]), Path.of(arguments[4]));
            } else {
                benchmark.unpack(Path.of(arguments[3]), arguments[4], arguments[5]);
            }
        }
    }

    private LayerId imported(Path archive) throws IOException {
        try (InputStream in = Files.newInputStream(archive)) {
            return snapshotter.importLayer(in, Optional.empty()).id();
        }
    }

    private static void shell(String script, String... arguments) throws Exception {
        var command = new String[4 + arguments.length];
        command[0] = "sh";
        command[1] = "-ec";
        command[2] = script;
        command[3] = "sh";
        System.arraycopy(arguments, 0, command, 4, arguments.length);
        Report.command(command);
    }

    private void pack(Path tree, Path archive) throws Exception {
        LayerId layer = imported(archive);
        Path gzip = pack(layer, tree, Compression.GZIP, "pigz -6", 1.1);
        shell(
                "gzip -6 <\"$1\" >\"$2\"",
                archive.toString(),
                scratch.resolve("reference").toString());
        long reference = Files.size(scratch.resolve("reference"));
        long ours = Files.size(gzip);
        report.line("  %d bytes, gzip -6 %d: %+.2f %% (bound 1 %%)"
                .formatted(ours, reference, 100.0 * (ours - reference) / reference));
        pack(layer, tree, Compression.ZSTD, "zstd -q -3 -T2", 1.3);
    }

    private Path pack(LayerId layer, Path tree, Compression compression, String peer, double bound) throws Exception {
        Path mine = scratch.resolve("ours");
        Path theirs = scratch.resolve("theirs");
        double[] ours = new double[ROUNDS];
        double[] others = new double[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            double taken = Report.millis(() -> {
                try (OutputStream out = Files.newOutputStream(mine)) {
                    snapshotter.packLayer(layer, PackOptions.of(compression), out);
                }
            });
            double other = Report.millis(
                    () -> shell("tar c -C \"$1\" . | " + peer + " >\"$2\"", tree.toString(), theirs.toString()));
            if (round >= 0) {
                ours[round] = taken;
                others[round] = other;
            }
        }
        report.ratio(
                "packing with " + compression,
                new Report.Times(ours),
                "tar c | " + peer,
                new Report.Times(others),
                bound);
        report.line("  %d bytes, theirs %d".formatted(Files.size(mine), Files.size(theirs)));
        return mine;
    }

    private void unpack(Path archive, String name, String peer) throws Exception {
        double[] ours = new double[ROUNDS];
        double[] others = new double[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            double taken = Report.millis(() -> imported(archive));
            Path place = Files.createDirectories(scratch.resolve("unpacked"));
            double other = Report.millis(() -> shell(peer, place.toString()));
            Report.command("rm", "-rf", place.toString());
            if (round >= 0) {
                ours[round] = taken;
                others[round] = other;
            }
        }
        report.ratio("unpacking an image's layer", new Report.Times(ours), name, new Report.Times(others), 0.7);
    }
}
