package org.buildengine.snapshotter.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.store.HoldTimes;

/** What results cost. Arguments: the root of a store and what to do with it: publish COUNT, collect, fill COUNT or open. */
public final class StoreBenchmark {
    private static final int PUBLISHED = 20_000;
    private static final int COLLECTED = 1000;
    private static final int FILLERS = 8;

    private final Report report = new Report();
    private final Path root;

    private StoreBenchmark(Path root) {
        this.root = root;
    }

    public static void main(String[] arguments) throws Exception {
        var benchmark = new StoreBenchmark(Path.of(arguments[0]));
        switch (arguments[1]) {
            case "publish" -> benchmark.publish(Integer.parseInt(arguments[2]));
            case "collect" -> benchmark.collect();
            case "fill" -> benchmark.fill(Integer.parseInt(arguments[2]));
            case "open" -> benchmark.open();
            default -> throw new IllegalArgumentException("not a thing to do: " + arguments[1]);
        }
    }

    /** A store whose background synchronises nothing, as long as it is open. */
    private DiskSnapshotter quiet() throws IOException {
        return DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults().withEpochInterval(Duration.ofHours(1)));
    }

    private static Digest digest(String of, long number) {
        return Digest.of(of + number);
    }

    /** A result as an execution has it: the key of its recipe, of what it was made from and of its content, and a fact. */
    private static StoredResult publish(DiskSnapshotter snapshotter, Owner owner, long number, List<Snapshot> outputs)
            throws IOException {
        var keys = Map.of(
                KeyKind.RECIPE, List.of(digest("recipe", number)),
                KeyKind.PRODUCER, List.of(digest("producer", number)),
                KeyKind.CONTENT, List.of(digest("content", number)));
        var result = new NewResult(
                keys,
                digest("identity", number),
                outputs,
                Map.of("exitCode", "0"),
                Set.of(),
                Duration.ofMillis(20),
                Origin.UNKNOWN);
        return snapshotter.results().publish(result, owner);
    }

    private Snapshot layer(DiskSnapshotter snapshotter, long number) throws IOException {
        try (var writer = snapshotter.writeLayer("benchmark")) {
            byte[] content = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
            try (var out = writer.file("file", Attributes.ofMode(0644), content.length)) {
                out.write(content);
            }
            return writer.seal().on(Snapshot.EMPTY);
        }
    }

    private static String percentiles(double[] taken) {
        double[] sorted = taken.clone();
        Arrays.sort(sorted);
        return "median %.0f us, 90 %% %.0f, 99 %% %.0f, longest %.0f"
                .formatted(
                        sorted[sorted.length / 2],
                        sorted[sorted.length * 9 / 10],
                        sorted[sorted.length * 99 / 100],
                        sorted[sorted.length - 1]);
    }

    private void publish(int count) throws Exception {
        try (DiskSnapshotter snapshotter = quiet();
                Owner owner = snapshotter.results().owner("benchmark")) {
            double[] taken = new double[count];
            for (int i = -count; i < count; i++) {
                int number = i;
                double millis = Report.millis(() -> publish(snapshotter, owner, number, List.of(Snapshot.EMPTY)));
                if (i >= 0) {
                    taken[i] = 1000 * millis;
                }
            }
            report.line("publishing a result of three keys, by one thread: " + percentiles(taken) + " (bound 60 us)");
        }
    }

    /** Half of the results go while others are published; whoever publishes waits for the one thread that writes. */
    private void collect() throws Exception {
        try (var snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());
                Owner kept = snapshotter.results().owner("benchmark")) {
            try (Owner dropped = snapshotter.results().owner("benchmark, dropped")) {
                for (int i = 0; i < 2 * COLLECTED; i++) {
                    publish(snapshotter, i < COLLECTED ? kept : dropped, i, List.of(layer(snapshotter, i)));
                }
            }
            var ended = new AtomicBoolean();
            double[] alone = publishing(snapshotter, kept, 1_000_000, PUBLISHED, ended);
            try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
                Future<double[]> load =
                        pool.submit(() -> publishing(snapshotter, kept, 2_000_000, Integer.MAX_VALUE, ended));
                var pruned =
                        Report.timed(() -> snapshotter.collector().prune(List.of(CachePolicy.everything("benchmark"))));
                ended.set(true);
                double[] during = load.get();
                report.line("collecting %d of %d results: %.0f ms"
                        .formatted(pruned.result().records().size(), 2 * COLLECTED, pruned.millis()));
                report.line("  publishing before: " + percentiles(alone));
                report.line("  publishing meanwhile, " + during.length + " times: " + percentiles(during));
                HoldTimes holds = snapshotter.collectorHolds();
                report.line(
                        "  the collector held the thread that writes %d times, the longest %.1f ms, %d below 4.1 ms (bound 5 ms)"
                                .formatted(
                                        holds.count(),
                                        holds.longest().toNanos() / 1e6,
                                        holds.within(Duration.ofNanos(4_096_000))));
            }
        }
    }

    /** Microseconds that each result took until so many are published, or until told. */
    private static double[] publishing(
            DiskSnapshotter snapshotter, Owner owner, long from, int most, AtomicBoolean ended) throws Exception {
        var taken = new ArrayList<Double>();
        while (taken.size() < most && !ended.get()) {
            long number = from + taken.size();
            taken.add(1000 * Report.millis(() -> publish(snapshotter, owner, number, List.of(Snapshot.EMPTY))));
        }
        return taken.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private void fill(int count) throws Exception {
        try (var snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());
                Owner owner = snapshotter.results().owner("benchmark");
                ExecutorService pool = Executors.newFixedThreadPool(FILLERS)) {
            List<Future<?>> fillers = new ArrayList<>();
            for (int filler = 0; filler < FILLERS; filler++) {
                int first = filler;
                fillers.add(pool.submit(() -> {
                    for (int i = first; i < count; i += FILLERS) {
                        publish(snapshotter, owner, i, List.of(Snapshot.EMPTY));
                    }
                    return first;
                }));
            }
            for (Future<?> filler : fillers) {
                filler.get();
            }
        }
    }

    /** Opens the store, asks for one result, and says what the process takes then. */
    private void open() throws Exception {
        long start = ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
        double opening = Report.millis(() -> {
            try (DiskSnapshotter snapshotter = quiet()) {
                if (snapshotter
                        .results()
                        .find(KeyKind.RECIPE, digest("recipe", 7))
                        .isEmpty()) {
                    throw new IOException("the store does not have what was put into it");
                }
                long sinceStart = System.currentTimeMillis() - start;
                report.line("a result is found " + sinceStart + " ms after the start of the process");
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("VmRSS") || line.startsWith("RssAnon"))
                        .forEach(report::line);
            }
        });
        report.line("opened and closed again: %.0f ms".formatted(opening));
    }
}
