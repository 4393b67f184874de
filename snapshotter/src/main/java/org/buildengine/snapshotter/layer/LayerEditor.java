package org.buildengine.snapshotter.layer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.MergedTree;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;
import org.jspecify.annotations.Nullable;

/**
 * Edits as one layer being written. Directories on the way to an edit are written again with the attributes that they
 * have below, since overlay takes those of the highest layer. The layer is started by the first edit.
 */
final class LayerEditor implements TreeEditor {
    private static final Attributes NEW_PARENT = Attributes.ofMode(0755);

    private final DiskLayers layers;
    private final Start start;
    private final Snapshot base;
    private final List<DiskLayers.StoredView> baseViews;
    private final MergedTree baseTree;
    private MergedTree current;
    private @Nullable DraftLayer draft;

    /** Starts the layer when the first edit is made. */
    @FunctionalInterface
    interface Start {
        DraftLayer start() throws IOException;
    }

    LayerEditor(DiskLayers layers, Snapshot base) throws IOException {
        this(layers, base, () -> layers.draft("an edited tree"));
    }

    LayerEditor(DiskLayers layers, Snapshot base, Start start) throws IOException {
        this.layers = layers;
        this.start = start;
        this.base = base;
        this.baseViews = layers.views(base);
        this.baseTree = new MergedTree(base, baseViews, layers::open);
        this.current = baseTree;
    }

    @Override
    public MergedTree tree() {
        return current;
    }

    private DraftLayer draft() throws IOException {
        if (draft != null) {
            return draft;
        }
        DraftLayer started = start.start();
        draft = started;
        Optional<Node> root = baseTree.find("");
        started.copiedDirectory("", root.map(Node::attributes).orElse(NEW_PARENT));
        var views = new ArrayList<LayerView>();
        views.add(started.draft());
        views.addAll(baseViews);
        current = new MergedTree(
                base,
                views,
                (view, node, path) -> view == started.draft() ? started.content(node) : layers.open(view, node, path));
        return started;
    }

    /** Writes the directories above {@code path} again, or makes them. */
    private DraftLayer withParents(String path) throws IOException {
        DraftLayer layer = draft();
        List<String> elements = Names.writable(path);
        for (int i = 1; i < elements.size(); i++) {
            List<String> above = elements.subList(0, i);
            int drafted = layer.draft().find(above);
            if (drafted != LayerView.NONE && layer.draft().table().isDirectory(drafted)) {
                continue;
            }
            String directory = String.join("/", above);
            Optional<Node> existing = current.find(directory);
            if (existing.isPresent() && !existing.get().isDirectory()) {
                throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, path);
            }
            if (existing.isPresent()) {
                layer.copiedDirectory(directory, existing.get().attributes());
            } else {
                layer.directory(directory, NEW_PARENT);
            }
        }
        return layer;
    }

    @Override
    public void makeDirectory(String path, Attributes attributes) throws IOException {
        String real = current.resolveForWriting(path, true);
        Optional<Node> existing = current.find(real);
        if (existing.isEmpty()) {
            withParents(real).directory(real, attributes);
        } else if (!existing.get().isDirectory()) {
            throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, path);
        }
    }

    @Override
    public void writeFile(String path, Attributes attributes, byte[] content) throws IOException {
        writeFile(path, attributes, new ByteArrayInputStream(content), content.length);
    }

    @Override
    public void writeFile(String path, Attributes attributes, InputStream content, long size) throws IOException {
        String real = placeForLeaf(path);
        try (OutputStream out = withParents(real).file(real, attributes, size)) {
            content.transferTo(out);
        }
    }

    private String placeForLeaf(String path) throws IOException {
        String real = current.resolveForWriting(path, false);
        if (current.find(real).filter(Node::isDirectory).isPresent()) {
            throw new TreeException(TreeException.Code.IS_A_DIRECTORY, path);
        }
        return real;
    }

    @Override
    public void writeSymlink(String path, Attributes attributes, String target) throws IOException {
        String real = placeForLeaf(path);
        withParents(real).symlink(real, attributes, target);
    }

    @Override
    public void copy(Tree source, String sourcePath, String destination, CopyOptions options) throws IOException {
        Node root = source.resolve(sourcePath, false)
                .orElseThrow(() -> new TreeException(TreeException.Code.NOT_FOUND, sourcePath));
        if (!root.isDirectory()) {
            place(placeForLeaf(destination), source, root, options, (_, _) -> Optional.empty());
            return;
        }
        String target = current.resolveForWriting(destination, true);
        var links = new NodeCopy.Links(source);
        if (current.find(target).isEmpty()) {
            place(target, source, root, options, links::firstPlace);
        }
        // collected first, because the source may be the very tree that is being changed
        var nodes = new ArrayList<Node>();
        source.walk(root.path(), options.filter(), nodes::add);
        if (nodes.isEmpty() && !current.find(target).filter(Node::isDirectory).isPresent()) {
            throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, destination);
        }
        int cut = root.path().isEmpty() ? 0 : root.path().length() + 1;
        for (Node node : nodes) {
            place(Names.join(target, node.path().substring(cut)), source, node, options, links::firstPlace);
        }
    }

    /** Writes one node over what is at the real path {@code path}, unless only one of both is a directory. */
    void place(String path, Tree source, Node node, CopyOptions options, NodeCopy.OtherNames names) throws IOException {
        Optional<Node> existing = current.find(path);
        if (existing.isPresent() && existing.get().isDirectory() != node.isDirectory()) {
            boolean stands = existing.get().isDirectory();
            throw new TreeException(
                    stands ? TreeException.Code.IS_A_DIRECTORY : TreeException.Code.NOT_A_DIRECTORY, path);
        }
        Optional<String> other = names.of(node, path);
        if (other.isPresent()) {
            withParents(path).hardlink(path, other.get());
            return;
        }
        Attributes given = node.attributes();
        Attributes attributes =
                given.withOwner(options.uid().orElse(given.uid()), options.gid().orElse(given.gid()));
        if (!node.isSymlink()) {
            attributes = attributes.withMode(options.mode().orElse(given.mode()));
        }
        NodeCopy.write(withParents(path), path, attributes, source, node);
    }

    /** Writes a directory again with attributes that it has below, and is to keep wherever it is as it was there. */
    void keepDirectory(String path, Attributes attributes) throws IOException {
        withParents(path).copiedDirectory(path, attributes);
    }

    @Override
    public void remove(String path) throws IOException {
        String real = current.resolveForWriting(path, false);
        if (current.find(real).isEmpty()) {
            return;
        }
        if (real.isEmpty()) {
            for (Node child : current.list("")) {
                remove(child.path());
            }
            return;
        }
        DraftLayer layer = withParents(real);
        layer.remove(Names.elements(real));
        if (showsBase(real)) {
            layer.whiteout(real);
        }
    }

    /** Whether the base's node at {@code path} shows through what was written so far. */
    private boolean showsBase(String path) throws IOException {
        DraftTree nodes = draft().draft();
        List<String> elements = Names.elements(path);
        for (int i = 0; i < elements.size(); i++) {
            int node = nodes.find(elements.subList(0, i));
            if (node == LayerView.NONE) {
                break;
            }
            if (!nodes.table().isDirectory(node) || nodes.table().has(node, NodeTable.OPAQUE)) {
                return false;
            }
        }
        return baseTree.find(path).isPresent();
    }

    @Override
    public void change(String path, OptionalInt mode, OptionalInt uid, OptionalInt gid, OptionalLong mtimeNanos)
            throws IOException {
        Node node =
                current.resolve(path, false).orElseThrow(() -> new TreeException(TreeException.Code.NOT_FOUND, path));
        Attributes before = node.attributes();
        Attributes after = before.withOwner(uid.orElse(before.uid()), gid.orElse(before.gid()))
                .withMtime(mtimeNanos.orElse(before.mtimeNanos()));
        if (node.type() != NodeType.SYMLINK) {
            after = after.withMode(mode.orElse(before.mode()));
        }
        if (!NodeCopy.sameMetadata(before, after)) {
            DraftLayer layer = withParents(node.path());
            NodeCopy.write(layer, node.path(), after, current, node);
        }
    }

    @Override
    public Snapshot commit() throws IOException {
        return draft == null ? base : base.plus(draft.seal().id());
    }

    @Override
    public void close() throws IOException {
        if (draft != null) {
            draft.close();
        }
    }
}
