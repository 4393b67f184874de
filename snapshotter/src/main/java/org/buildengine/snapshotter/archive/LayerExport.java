package org.buildengine.snapshotter.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PackOptions;
import org.buildengine.snapshotter.PackedLayer;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * Packs one layer as an archive of the OCI image format: parents before children, children sorted by the bytes of their
 * names. Directories that an archive only implied are implied again; those that a layer copied from below get an entry,
 * since other engines would make them anew. Sockets are left out, as all archivers do. Used once, by one thread.
 */
public final class LayerExport {
    private static final int THREADS = Runtime.getRuntime().availableProcessors();
    private static final int BUFFER = 256 * 1024;

    private final LayerView view;
    private final NodeTable table;
    private final Contents contents;
    private final TarWriter tar;
    private final Map<Long, String> firstNames = new HashMap<>();

    /** Opens the files of the layer. */
    @FunctionalInterface
    public interface Contents {
        InputStream open(int node, String path) throws IOException;
    }

    private LayerExport(LayerView view, Contents contents, TarWriter tar) {
        this.view = view;
        this.table = view.table();
        this.contents = contents;
        this.tar = tar;
    }

    /** Packs; {@code out} stays open. */
    public static PackedLayer pack(LayerView view, Contents contents, PackOptions options, OutputStream out)
            throws IOException {
        long latest = options.latest()
                .map(time -> Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano()))
                .orElse(Long.MAX_VALUE);
        var packed = new HashedOutput(out);
        HashedOutput plain = switch (options.compression()) {
            case NONE -> write(view, contents, latest, packed);
            case GZIP -> compress(view, contents, latest, packed, new GzipFormat(options.level()));
            case ZSTD -> compress(view, contents, latest, packed, new ZstdFormat(options.level()));
        };
        return new PackedLayer(plain.digest(), packed.digest(), packed.count());
    }

    private static HashedOutput compress(
            LayerView view, Contents contents, long latest, OutputStream into, BlockFormat format) throws IOException {
        try (var blocks = new BlockOutputStream(into, format, THREADS)) {
            HashedOutput plain = write(view, contents, latest, blocks);
            blocks.finish();
            return plain;
        }
    }

    private static HashedOutput write(LayerView view, Contents contents, long latest, OutputStream into)
            throws IOException {
        var plain = new HashedOutput(into);
        var buffered = new BufferedOutputStream(plain, BUFFER);
        var tar = new TarWriter(buffered, latest);
        new LayerExport(view, contents, tar).directory(LayerView.ROOT, "");
        tar.end();
        buffered.flush();
        return plain;
    }

    private void directory(int directory, String path) throws IOException {
        boolean root = directory == LayerView.ROOT;
        boolean left = table.has(directory, NodeTable.TRANSIT) || (root && table.has(directory, NodeTable.COPIED));
        if (!left) {
            node(directory, path, Optional.empty());
        }
        if (table.has(directory, NodeTable.OPAQUE)) {
            tar.mark(Names.join(path, ".wh..wh..opq"));
        }
        for (int child : view.children(directory)) {
            String name = table.name(child);
            String childPath = Names.join(path, name);
            if (table.isWhiteout(child)) {
                tar.mark(Names.join(path, ".wh." + name));
            } else if (table.isDirectory(child)) {
                directory(child, childPath);
            } else if (table.type(child) != NodeType.SOCKET) {
                boolean linked = table.has(child, NodeTable.LINKED);
                Optional<String> first = linked
                        ? Optional.ofNullable(firstNames.putIfAbsent(table.inode(child), childPath))
                        : Optional.empty();
                node(child, childPath, first);
            }
        }
    }

    private void node(int node, String path, Optional<String> first) throws IOException {
        Node shown = table.node(node, path);
        tar.node(shown, first, () -> contents.open(node, path));
    }
}
