package org.buildengine.server.core;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.server.fixture.FakeCollector;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PackOptions;
import org.buildengine.snapshotter.PackedLayer;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.TreeException.Code;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.solver.op.KeyEncoder;

/** Trees in memory: every layer holds a whole tree, so that a snapshot has at most one. */
public final class MemoryTrees implements Snapshotter {
    /** Names ordered as walks are: a directory's nodes right behind it. */
    private static final Comparator<String> WALK = Comparator.comparing(path -> path.replace('/', '\0'));

    private final Map<LayerId, NavigableMap<String, Entry>> layers = new ConcurrentHashMap<>();
    private final FakeCollector collector = new FakeCollector();
    private final AtomicInteger ids = new AtomicInteger();

    private static final class Entry {
        private final NodeType type;
        private final Attributes attributes;
        private final byte[] content;

        private Entry(NodeType type, Attributes attributes, byte[] content) {
            this.type = type;
            this.attributes = attributes;
            this.content = content;
        }

        Entry with(Attributes changed) {
            return new Entry(type, changed, content);
        }
    }

    private NavigableMap<String, Entry> entries(Snapshot snapshot) {
        return snapshot.layers().isEmpty()
                ? root()
                : Objects.requireNonNull(layers.get(snapshot.layers().getLast()), "no such layer");
    }

    private static NavigableMap<String, Entry> root() {
        var entries = new TreeMap<String, Entry>(WALK);
        entries.put("", new Entry(NodeType.DIRECTORY, Attributes.ofMode(0755), new byte[0]));
        return entries;
    }

    private LayerId add(NavigableMap<String, Entry> entries) {
        LayerId id = new LayerId("m" + ids.incrementAndGet());
        layers.put(id, entries);
        return id;
    }

    @Override
    public Tree tree(Snapshot snapshot) {
        return new View(snapshot, entries(snapshot));
    }

    @Override
    public TreeEditor edit(Snapshot base) {
        var copy = new TreeMap<String, Entry>(WALK);
        copy.putAll(entries(base));
        return new Editor(copy);
    }

    @Override
    public Snapshot changes(Tree lower, Tree upper) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Snapshot subtree(Tree tree, String path) throws IOException {
        try (TreeEditor editor = edit(Snapshot.EMPTY)) {
            editor.copy(tree, path, "/", TreeEditor.CopyOptions.PLAIN);
            return editor.commit();
        }
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
    public Snapshot diff(Tree lower, String lowerPath, Tree upper, String upperPath) throws IOException {
        String below = TreePaths.clean(upperPath);
        try (TreeEditor editor = edit(Snapshot.EMPTY)) {
            PathFilter changed = new PathFilter() {
                @Override
                public boolean includes(String path, boolean directory) {
                    Optional<Node> before = lower.find(TreePaths.below(TreePaths.clean(lowerPath), path));
                    Optional<Node> after = upper.find(TreePaths.below(below, path));
                    return before.isEmpty()
                            || !before.flatMap(Node::content).equals(after.flatMap(Node::content))
                            || !before.map(Node::attributes)
                                    .map(Attributes::mtimeNanos)
                                    .equals(after.map(Node::attributes).map(Attributes::mtimeNanos));
                }

                @Override
                public boolean mayIncludeBelow(String path) {
                    return true;
                }
            };
            editor.copy(
                    upper,
                    below,
                    "/",
                    new TreeEditor.CopyOptions(changed, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty()));
            return editor.commit();
        }
    }

    @Override
    public LayerWriter writeLayer(String purpose) {
        return new Writer();
    }

    @Override
    public BlobStore blobs() {
        return new BlobStore() {
            @Override
            public OptionalLong size(Digest digest) {
                return OptionalLong.empty();
            }

            @Override
            public InputStream open(Digest digest, long offset) throws IOException {
                throw new IOException("no blobs");
            }

            @Override
            public Ingest ingest(Optional<Digest> expected) throws IOException {
                throw new IOException("no blobs");
            }

            @Override
            public Digest put(byte[] content) throws IOException {
                throw new IOException("no blobs");
            }
        };
    }

    @Override
    public ResultStore results() {
        throw new UnsupportedOperationException();
    }

    @Override
    public BuildRows buildRows() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FakeCollector collector() {
        return collector;
    }

    @Override
    public CacheVolumes cacheVolumes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SealedLayer importLayer(InputStream archive, Optional<Digest> diffId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Workspace workspace(Snapshot base, Optional<Path> underlay) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MountedSnapshot mount(Snapshot snapshot) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    private static Node node(String path, Entry entry) {
        boolean file = entry.type == NodeType.FILE;
        boolean link = entry.type == NodeType.SYMLINK;
        return new Node(
                path,
                entry.type,
                entry.attributes,
                entry.content.length,
                link ? Optional.of(new String(entry.content, StandardCharsets.UTF_8)) : Optional.empty(),
                file ? Optional.of(Digest.of(entry.content)) : Optional.empty(),
                0,
                0);
    }

    private record View(Snapshot snapshot, NavigableMap<String, Entry> entries) implements Tree {
        @Override
        public Optional<Node> find(String path) {
            String clean = TreePaths.clean(path);
            return Optional.ofNullable(entries.get(clean)).map(entry -> node(clean, entry));
        }

        @Override
        public Optional<Node> resolve(String path, boolean followLast) throws TreeException {
            return ScopedTree.of(this, "").orElseThrow().resolve(path, followLast);
        }

        @Override
        public List<Node> list(String path) throws TreeException {
            String clean = TreePaths.clean(path);
            Node directory = find(clean).orElseThrow(() -> new TreeException(Code.NOT_FOUND, path));
            if (!directory.isDirectory()) {
                throw new TreeException(Code.NOT_A_DIRECTORY, path);
            }
            return entries.entrySet().stream()
                    .filter(e -> !e.getKey().isEmpty()
                            && TreePaths.parent(e.getKey()).equals(clean))
                    .map(e -> node(e.getKey(), e.getValue()))
                    .toList();
        }

        @Override
        public void walk(String path, PathFilter filter, Visitor visitor) throws IOException {
            String clean = TreePaths.clean(path);
            for (Node child : list(clean)) {
                String relative = clean.isEmpty() ? child.path() : child.path().substring(clean.length() + 1);
                walk(child, relative, filter, visitor);
            }
        }

        private void walk(Node node, String relative, PathFilter filter, Visitor visitor) throws IOException {
            if (filter.includes(relative, node.isDirectory())
                    || (node.isDirectory() && chosen(node, relative, filter))) {
                visitor.visit(node);
            }
            if (node.isDirectory()) {
                for (Node child : list(node.path())) {
                    walk(child, relative + "/" + child.name(), filter, visitor);
                }
            }
        }

        private boolean chosen(Node directory, String relative, PathFilter filter) throws IOException {
            for (Node child : list(directory.path())) {
                String path = relative + "/" + child.name();
                if (filter.includes(path, child.isDirectory())
                        || (child.isDirectory() && chosen(child, path, filter))) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public Digest digest(String path, PathFilter filter) throws IOException {
            var encoder = new KeyEncoder();
            String clean = TreePaths.clean(path);
            Visitor visitor = node -> {
                Attributes attributes = node.attributes();
                String relative = node.path().substring(clean.length());
                encoder.text(relative.startsWith("/") ? relative.substring(1) : relative)
                        .text(node.type().name())
                        .number(attributes.mode());
                encoder.number(attributes.uid())
                        .number(attributes.gid())
                        .text(node.linkTarget().orElse(""));
                node.content().ifPresent(encoder::digest);
            };
            visitor.visit(find(clean).orElseThrow());
            walk(clean, filter, visitor);
            return encoder.finish();
        }

        @Override
        public InputStream open(Node file) {
            return new ByteArrayInputStream(Objects.requireNonNull(entries.get(file.path())).content);
        }
    }

    private final class Editor implements TreeEditor {
        private final NavigableMap<String, Entry> entries;

        private Editor(NavigableMap<String, Entry> entries) {
            this.entries = entries;
        }

        private String real(String path) throws IOException {
            String clean = TreePaths.clean(path);
            if (clean.isEmpty()) {
                return clean;
            }
            String parent = TreePaths.parent(clean);
            Optional<Node> directory = tree().resolve(parent, true);
            if (directory.isEmpty()) {
                makeDirectory(parent, Attributes.ofMode(0755));
                directory = tree().resolve(parent, true);
            }
            if (!directory.orElseThrow().isDirectory()) {
                throw new TreeException(Code.NOT_A_DIRECTORY, parent);
            }
            String name = TreePaths.name(clean);
            return TreePaths.below(/* base= */ directory.get().path(), name);
        }

        private void put(String path, NodeType type, Attributes attributes, byte[] content) throws IOException {
            String real = real(path);
            Entry before = entries.get(real);
            if (before != null && before.type == NodeType.DIRECTORY) {
                throw new TreeException(Code.IS_A_DIRECTORY, path);
            }
            entries.put(real, new Entry(type, attributes, content));
        }

        @Override
        public Tree tree() {
            return new View(Snapshot.EMPTY, entries);
        }

        @Override
        public void makeDirectory(String path, Attributes attributes) throws IOException {
            String real = real(path);
            Entry before = entries.get(real);
            if (before != null && before.type != NodeType.DIRECTORY) {
                throw new TreeException(Code.NOT_A_DIRECTORY, path);
            }
            entries.putIfAbsent(real, new Entry(NodeType.DIRECTORY, attributes, new byte[0]));
        }

        @Override
        public void writeFile(String path, Attributes attributes, byte[] content) throws IOException {
            put(path, NodeType.FILE, attributes, content);
        }

        @Override
        public void writeFile(String path, Attributes attributes, InputStream content, long size) throws IOException {
            put(path, NodeType.FILE, attributes, content.readAllBytes());
        }

        @Override
        public void writeSymlink(String path, Attributes attributes, String target) throws IOException {
            put(path, NodeType.SYMLINK, attributes, target.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void copy(Tree source, String sourcePath, String destination, CopyOptions options) throws IOException {
            Node top = source.find(sourcePath).orElseThrow(() -> new TreeException(Code.NOT_FOUND, sourcePath));
            if (!top.isDirectory()) {
                place(source, top, destination, options);
                return;
            }
            String clean = TreePaths.clean(sourcePath);
            source.walk(clean, options.filter(), node -> {
                String relative = clean.isEmpty() ? node.path() : node.path().substring(clean.length() + 1);
                place(source, node, TreePaths.below(TreePaths.clean(destination), relative), options);
            });
        }

        private void place(Tree source, Node node, String path, CopyOptions options) throws IOException {
            Attributes attributes = node.attributes();
            attributes = attributes
                    .withOwner(
                            options.uid().orElse(attributes.uid()),
                            options.gid().orElse(attributes.gid()))
                    .withMode(
                            node.isSymlink()
                                    ? attributes.mode()
                                    : options.mode().orElse(attributes.mode()));
            switch (node.type()) {
                case DIRECTORY -> makeDirectory(path, attributes);
                case SYMLINK -> writeSymlink(path, attributes, node.linkTarget().orElseThrow());
                default -> writeFile(path, attributes, source.open(node).readAllBytes());
            }
        }

        @Override
        public void remove(String path) throws IOException {
            String real = real(path);
            entries.keySet().removeIf(key -> key.equals(real) || key.startsWith(real + "/"));
        }

        @Override
        public void change(String path, OptionalInt mode, OptionalInt uid, OptionalInt gid, OptionalLong mtimeNanos)
                throws IOException {
            String real = real(path);
            Entry entry = entries.get(real);
            if (entry == null) {
                throw new TreeException(Code.NOT_FOUND, path);
            }
            Attributes a = entry.attributes;
            entries.put(
                    real,
                    entry.with(new Attributes(
                            mode.orElse(a.mode()),
                            uid.orElse(a.uid()),
                            gid.orElse(a.gid()),
                            mtimeNanos.orElse(a.mtimeNanos()),
                            a.xattrs())));
        }

        @Override
        public Snapshot commit() {
            return new Snapshot(List.of(add(entries)));
        }

        @Override
        public void close() {}
    }

    private final class Writer implements LayerWriter {
        private final Editor editor = new Editor(root());

        @Override
        public void directory(String path, Attributes attributes) throws IOException {
            editor.makeDirectory(path, attributes);
        }

        @Override
        public OutputStream file(String path, Attributes attributes, long size) {
            return new ByteArrayOutputStream() {
                @Override
                public void close() throws IOException {
                    if (size() != size) {
                        throw new IOException(path + ": " + size() + " bytes instead of " + size);
                    }
                    editor.writeFile(path, attributes, toByteArray());
                }
            };
        }

        @Override
        public void copy(String path, Attributes attributes, Tree source, Node file) throws IOException {
            editor.writeFile(path, attributes, source.open(file).readAllBytes());
        }

        @Override
        public void symlink(String path, Attributes attributes, String target) throws IOException {
            editor.writeSymlink(path, attributes, target);
        }

        @Override
        public void hardlink(String path, String existing) throws IOException {
            Node file = editor.tree().find(existing).orElseThrow();
            copy(path, file.attributes(), editor.tree(), file);
        }

        @Override
        public void special(String path, Attributes attributes, NodeType type, int major, int minor)
                throws IOException {
            editor.put(path, type, attributes, new byte[0]);
        }

        @Override
        public void whiteout(String path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void opaque(String path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SealedLayer seal() throws IOException {
            return new SealedLayer(
                    add(editor.entries), editor.tree().digest("", PathFilter.ALL), editor.entries.size() == 1);
        }

        @Override
        public void close() {}
    }
}
