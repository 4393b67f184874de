package org.buildengine.snapshotter.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.layer.DiskLayers;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.jspecify.annotations.Nullable;

/**
 * What a large tree costs: its index, and what is asked of the index afterwards. Arguments: the root of a store, a directory
 * on the same file system that may be moved about, and the path of a file in it.
 */
public final class TreeBenchmark {
    private static final int ROUNDS = 7;
    private static final int REPEATS = 30;
    /** What the engine makes of a pattern for all {@code f*7.txt}: it looks at the literal end before it takes the expression. */
    private static final Pattern GLOB = Pattern.compile("(?:.*/)?f[^/]*7\\.txt");

    private static final String GLOB_END = "7.txt";

    private final Report report = new Report();
    private final DiskSnapshotter snapshotter;
    private final DiskLayers layers;
    private final LayerCatalog catalog;
    private final Path tree;
    private final String file;

    private TreeBenchmark(DiskSnapshotter snapshotter, Parts parts, Path tree, String file) {
        this.snapshotter = snapshotter;
        this.layers = parts.layers;
        this.catalog = parts.catalog;
        this.tree = tree;
        this.file = file;
    }

    private record Parts(DiskLayers layers, LayerCatalog catalog) {}

    public static void main(String[] arguments) throws Exception {
        var parts = new AtomicReference<@Nullable Parts>();
        var options = DiskSnapshotter.Options.with((staging, catalog) -> {
            var layers = new DiskLayers(staging, catalog);
            parts.set(new Parts(layers, catalog));
            return layers;
        });
        try (var snapshotter = DiskSnapshotter.open(Path.of(arguments[0]), options)) {
            Parts made = parts.get();
            if (made == null) {
                throw new IllegalStateException("the snapshotter has no layers");
            }
            new TreeBenchmark(snapshotter, made, Path.of(arguments[1]), arguments[2]).run();
        }
    }

    private void run() throws Exception {
        Snapshot base = index();
        Tree whole = snapshotter.tree(base);
        report.time("digest, nothing known", Report.repeat(0, 1, () -> digest(base)), "none");
        report.time("digest, asked again", Report.repeat(5, REPEATS, () -> digest(base)), "20 ms");
        report.time("listing of all", Report.repeat(5, REPEATS, () -> count(whole)), "50 ms");
        report.time("glob over all", Report.repeat(5, REPEATS, () -> glob(whole)), "50 ms");
        edited(base);
        executed(base);
    }

    /** The layer of the tree, as an execution would leave it, in turns with reading it all by one thread. */
    private Snapshot index() throws Exception {
        double[] ours = new double[ROUNDS];
        double[] floor = new double[ROUNDS];
        Snapshot sealed = Snapshot.EMPTY;
        for (int round = -3; round < ROUNDS; round++) {
            if (!sealed.layers().isEmpty()) {
                Files.move(files(sealed), tree);
            }
            double read = Report.millis(() -> read(tree));
            var result = Report.timed(() -> layers.sealUpper(tree, Snapshot.EMPTY, () -> false));
            sealed = result.result();
            if (round >= 0) {
                floor[round] = read;
                ours[round] = result.millis();
            }
        }
        report.ratio(
                "index of the tree, to a sealed layer",
                new Report.Times(ours),
                "scan, read and SHA-256 by one thread",
                new Report.Times(floor),
                0.7);
        return sealed;
    }

    private Path files(Snapshot sealed) throws IOException {
        return catalog.directory(sealed.layers().getFirst()).resolve(LayerCatalog.FILES);
    }

    private static void read(Path top) throws IOException {
        MessageDigest sha = Digest.sha256();
        List<byte[]> digests = new ArrayList<>();
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path found, BasicFileAttributes attributes) throws IOException {
                digests.add(sha.digest(Files.readAllBytes(found)));
                return FileVisitResult.CONTINUE;
            }
        });
        if (digests.isEmpty()) {
            throw new IOException(top + " has no files");
        }
    }

    private Digest digest(Snapshot snapshot) throws IOException {
        return snapshotter.tree(snapshot).digest("", PathFilter.ALL);
    }

    private static void count(Tree tree) throws IOException {
        var paths = new ArrayList<String>();
        tree.walk("", PathFilter.ALL, node -> paths.add(node.path()));
        if (paths.isEmpty()) {
            throw new IOException("nothing was listed");
        }
    }

    private static void glob(Tree tree) throws IOException {
        var paths = new ArrayList<String>();
        tree.walk("", PathFilter.ALL, node -> {
            if (node.path().endsWith(GLOB_END) && GLOB.matcher(node.path()).matches()) {
                paths.add(node.path());
            }
        });
        if (paths.isEmpty()) {
            throw new IOException("nothing matched");
        }
    }

    /** One file changed through an editor. */
    private void edited(Snapshot base) throws Exception {
        double[] sealing = new double[REPEATS];
        double[] digesting = new double[REPEATS];
        for (int round = -5; round < REPEATS; round++) {
            byte[] content = ("changed " + round).getBytes(StandardCharsets.US_ASCII);
            var sealed = Report.timed(() -> {
                try (TreeEditor editor = snapshotter.edit(base)) {
                    editor.writeFile(file, Attributes.ofMode(0644), content);
                    return editor.commit();
                }
            });
            double toDigest = Report.millis(() -> digest(sealed.result()));
            if (round >= 0) {
                sealing[round] = sealed.millis();
                digesting[round] = toDigest;
            }
        }
        report.time("one file written by an edit, to a sealed snapshot", new Report.Times(sealing), "100 ms");
        report.time("digest of it", new Report.Times(digesting), "20 ms");
    }

    /** One file changed below a mount. */
    private void executed(Snapshot base) throws Exception {
        double[] mounting = new double[REPEATS];
        double[] sealing = new double[REPEATS];
        for (int round = -5; round < REPEATS; round++) {
            long start = System.nanoTime();
            try (Workspace workspace = snapshotter.workspace(base)) {
                Path changed = workspace.root().resolve(file);
                double toMounted = (System.nanoTime() - start) / 1e6;
                String content = "changed " + round;
                double toSealed = Report.millis(() -> {
                    Files.writeString(changed, content);
                    workspace.seal();
                });
                if (round >= 0) {
                    mounting[round] = toMounted;
                    sealing[round] = toSealed;
                }
            }
        }
        report.time("a workspace over it", new Report.Times(mounting), "none");
        report.time("one file written in a workspace, to a sealed snapshot", new Report.Times(sealing), "100 ms");
    }
}
