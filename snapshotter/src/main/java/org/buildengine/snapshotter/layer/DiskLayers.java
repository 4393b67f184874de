package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.SoftReference;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.PackOptions;
import org.buildengine.snapshotter.PackedLayer;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.archive.ArchiveLimits;
import org.buildengine.snapshotter.archive.LayerExport;
import org.buildengine.snapshotter.archive.LayerImport;
import org.buildengine.snapshotter.erofs.ImageStream;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.DigestMemory;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerIndex;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.MergedTree;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * Layers on disk, in whatever form the staging asks for. Indexes are read when they are first needed and kept as long
 * as memory lasts; they never change, so nothing has to be thrown away when they do.
 */
public final class DiskLayers implements Layers {
    private static final Room NO_ROOM = _ -> Optional.of("nothing is removed for what nobody waits for");

    private final LayerStaging staging;
    private final LayerCatalog catalog;
    private final ConcurrentHashMap<LayerId, SoftReference<LayerIndex>> indexes = new ConcurrentHashMap<>();

    /** Layers made in {@code staging} and found in {@code catalog}. */
    public DiskLayers(LayerStaging staging, LayerCatalog catalog) {
        this.staging = staging;
        this.catalog = catalog;
    }

    @Override
    public LayerWriter write(String purpose) throws IOException {
        return draft(purpose);
    }

    DraftLayer draft(String purpose) throws IOException {
        LayerStaging.Staged staged = staging.stage(purpose);
        try {
            return new DraftLayer(staged, sink(staged), staging.room(), this::remember);
        } catch (IOException e) {
            try (staged) {
                throw e;
            }
        }
    }

    /** A layer that only names files of {@code lender}, a tree of {@code of}; it can be looked at and is never sealed. */
    DraftLayer sketch(LayerId of, Tree lender) throws IOException {
        var staged = new InPlace(of, catalog.directory(of));
        return new DraftLayer(staged, new BorrowingSink(lender), Room.NONE, (_, _) -> {});
    }

    private LayerSink sink(LayerStaging.Staged staged) throws IOException {
        return staging.form().image()
                ? new ImageSink(staged.directory(), staged.id(), staging.room())
                : new DirectorySink(staged.directory(), staging.room());
    }

    private void remember(LayerId id, LayerIndex index) {
        indexes.put(id, new SoftReference<>(index));
    }

    LayerIndex index(LayerId id) throws IOException {
        SoftReference<LayerIndex> cached = indexes.get(id);
        LayerIndex index = cached == null ? null : cached.get();
        if (index == null) {
            index = LayerIndex.load(catalog.directory(id).resolve(LayerCatalog.INDEX));
            remember(id, index);
        }
        return index;
    }

    @Override
    public Tree tree(Snapshot snapshot) throws IOException {
        return new MergedTree(snapshot, views(snapshot), this::open);
    }

    /** The layers of a snapshot, the highest first. */
    List<StoredView> views(Snapshot snapshot) throws IOException {
        var views = new ArrayList<StoredView>(snapshot.layers().size());
        for (LayerId id : snapshot.layers().reversed()) {
            views.add(view(id));
        }
        return views;
    }

    StoredView view(LayerId id) throws IOException {
        return new StoredView(id, index(id));
    }

    /** A sealed layer with its name. */
    record StoredView(LayerId id, LayerIndex index) implements LayerView {
        @Override
        public NodeTable table() {
            return index.table();
        }

        @Override
        public int child(int directory, byte[] name) {
            return index.child(directory, name);
        }

        @Override
        public int[] children(int directory) {
            return index.children(directory);
        }

        @Override
        public DigestMemory digests() {
            return index.digests();
        }
    }

    InputStream open(LayerView view, int node, String path) throws IOException {
        if (!(view instanceof StoredView stored)) {
            throw new IllegalArgumentException("not a layer of this store: " + view);
        }
        NodeTable table = view.table();
        if (table.size(node) == 0) {
            return InputStream.nullInputStream();
        }
        if (inImage(table, node)) {
            return openInImage(stored.id(), table, node);
        }
        // not by a Path, which in a plain locale cannot spell every name
        String files =
                catalog.directory(stored.id()).resolve(LayerCatalog.FILES).toString();
        try {
            return NativeThreads.run(() -> {
                try (Descriptor top = Descriptor.directory(files);
                        Descriptor open = top.fileBelow(path)) {
                    return Files.newInputStream(open.path());
                }
            });
        } catch (IOException e) {
            // it may have become an image since the index of the view was read, with the same nodes at the same numbers
            NodeTable now = reloaded(stored.id()).table();
            if (inImage(now, node)) {
                return openInImage(stored.id(), now, node);
            }
            throw e;
        }
    }

    private InputStream openInImage(LayerId id, NodeTable table, int node) throws IOException {
        Path image = catalog.directory(id).resolve(LayerCatalog.IMAGE);
        return ImageStream.open(image, table.data(node), table.tail(node), table.size(node));
    }

    /** Whether an index says where in an image the bytes of a file are. Those of a directory have no place. */
    private static boolean inImage(NodeTable table, int file) {
        return table.data(file) != 0 || table.tail(file) != 0;
    }

    private static boolean inImage(NodeTable table) {
        for (int node = 0; node < table.count(); node++) {
            if (table.isFile(node) && table.size(node) > 0) {
                return inImage(table, node);
            }
        }
        return false;
    }

    private LayerIndex reloaded(LayerId id) throws IOException {
        LayerIndex index = index(id);
        if (!inImage(index.table())) {
            index = LayerIndex.load(catalog.directory(id).resolve(LayerCatalog.INDEX));
            remember(id, index);
        }
        return index;
    }

    @Override
    public TreeEditor edit(Snapshot base) throws IOException {
        return new LayerEditor(this, base);
    }

    @Override
    public boolean onlyVisited(Path upperDirectory, Snapshot base) throws IOException {
        String upper = upperDirectory.toString();
        return NativeThreads.run(() -> UpperScan.onlyDirectories(upper)
                && new UpperOverBase(upper, UpperScan.scan(upper, () -> false), tree(base), Room.NONE)
                        .changesNothing());
    }

    @Override
    public Snapshot sealUpper(Path upperDirectory, Snapshot base, BooleanSupplier givenUp) throws IOException {
        return NativeThreads.run(() -> {
            DraftTree draft = UpperScan.scan(upperDirectory.toString(), givenUp);
            var over = new UpperOverBase(upperDirectory.toString(), draft, tree(base), staging.room());
            if (over.changesNothing()) {
                return base;
            }
            WritePoint.UPPER_SCANNED.reached();
            over.normalise();
            WritePoint.UPPER_NORMAL.reached();
            LayerIndex index = LayerIndex.of(draft);
            try (LayerStaging.Staged staged = staging.stage("what an execution changed")) {
                Path files = staged.directory().resolve(LayerCatalog.FILES);
                index.save(staged.directory().resolve(LayerCatalog.INDEX), staging.room());
                WritePoint.UPPER_INDEXED.reached();
                DiskWrites.call("what an execution changed", staging.room(), () -> {
                    LinuxFiles.rename(upperDirectory.toString(), files.toString());
                });
                WritePoint.UPPER_MOVED.reached();
                LayerId id = staged.publish();
                remember(id, index);
                return base.plus(id);
            }
        });
    }

    @Override
    public SealedLayer importLayer(InputStream archive, Optional<Digest> diffId) throws IOException {
        return importLayer(archive, diffId, ArchiveLimits.DEFAULT);
    }

    /** As above, with limits of the caller's choice. */
    public SealedLayer importLayer(InputStream archive, Optional<Digest> diffId, ArchiveLimits limits)
            throws IOException {
        try (DraftLayer writer = draft("an image layer")) {
            return LayerImport.unpack(archive, diffId, limits, writer, writer.draft())
                    .layer();
        }
    }

    @Override
    public PackedLayer packLayer(LayerId layer, PackOptions options, OutputStream out) throws IOException {
        StoredView view = view(layer);
        NodeTable table = view.table();
        if (!inImage(table)) {
            return LayerExport.pack(view, (node, path) -> open(view, node, path), options, out);
        }
        Path image = catalog.directory(layer).resolve(LayerCatalog.IMAGE);
        try (FileChannel open = FileChannel.open(image, StandardOpenOption.READ)) {
            LayerExport.Contents contents =
                    (node, _) -> ImageStream.within(open, table.data(node), table.tail(node), table.size(node));
            return LayerExport.pack(view, contents, options, out);
        }
    }

    @Override
    public Snapshot stack(List<Snapshot> lowestFirst) throws IOException {
        // of a layer that comes several times, all but the highest one are covered
        var order = new LinkedHashSet<LayerId>();
        for (Snapshot next : lowestFirst) {
            for (LayerId layer : next.layers()) {
                order.remove(layer);
                order.add(layer);
            }
        }
        Snapshot stacked = Snapshot.EMPTY;
        for (LayerId layer : order) {
            stacked = StackedLayer.stack(this, stacked, layer);
        }
        return stacked;
    }

    @Override
    public long contentBytes(LayerId layer) throws IOException {
        return index(layer).contentBytes();
    }

    @Override
    public long contentFiles(LayerId layer) throws IOException {
        return index(layer).files();
    }

    @Override
    public void flatten(List<LayerId> lowestFirst, Path directory) throws IOException {
        var staged = new InPlace(directory);
        try (var writer = new DraftLayer(staged, sink(staged), staging.room(), (_, _) -> {})) {
            FlatLayer.write(this, lowestFirst, writer);
        }
    }

    @Override
    public void writeImage(LayerId layer, Path directory, Pace pace) throws IOException {
        Path files = catalog.directory(layer).resolve(LayerCatalog.FILES);
        LayerIndex index = index(layer);
        NativeThreads.run(() -> {
            ImageCopy.write(layer, index, files, directory, NO_ROOM, pace);
            return index;
        });
    }

    /** The names of layers given from the highest down, lowest first; empty if one of them is not in the store. */
    static Optional<List<LayerId>> stored(List<LayerView> topFirst) {
        var ids = new ArrayList<LayerId>(topFirst.size());
        for (LayerView view : topFirst.reversed()) {
            if (!(view instanceof StoredView stored)) {
                return Optional.empty();
            }
            ids.add(stored.id());
        }
        return Optional.of(ids);
    }

    @Override
    public Snapshot diff(Tree lower, String lowerPath, Tree upper, String upperPath) throws IOException {
        boolean whole =
                Names.clean(lowerPath).isEmpty() && Names.clean(upperPath).isEmpty();
        Optional<Snapshot> added = whole ? PrefixDiff.of(this, lower, upper) : Optional.empty();
        if (added.isPresent()) {
            return added.get();
        }
        try (DraftLayer writer = draft("a comparison of directories")) {
            return TreeDiff.news(lower, lowerPath, upper, upperPath, writer)
                    ? Snapshot.EMPTY.plus(writer.seal().id())
                    : Snapshot.EMPTY;
        }
    }

    @Override
    public Snapshot changes(Tree lower, Tree upper) throws IOException {
        Optional<Snapshot> added = PrefixDiff.above(lower, upper);
        if (added.isPresent()) {
            return added.get();
        }
        try (DraftLayer writer = draft("what makes one tree of another")) {
            return TreeDiff.changes(lower, upper, Set.of(), writer)
                    ? Snapshot.EMPTY.plus(writer.seal().id())
                    : Snapshot.EMPTY;
        }
    }

    @Override
    public Snapshot subtree(Tree tree, String path) throws IOException {
        return NodeCopy.subtree(this, tree, path);
    }
}
