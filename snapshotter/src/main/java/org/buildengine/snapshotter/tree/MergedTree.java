package org.buildengine.snapshotter.tree;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.jspecify.annotations.Nullable;

/** A {@link Tree} over layers. As safe for several threads as its layers are. */
public final class MergedTree implements Tree {
    private final Snapshot snapshot;
    private final List<LayerView> topFirst;
    private final ContentSource contents;

    /** Opens the bytes of files. */
    @FunctionalInterface
    public interface ContentSource {
        /** The bytes of file {@code node} of {@code layer}, which lies at {@code path}. */
        InputStream open(LayerView layer, int node, String path) throws IOException;
    }

    /**
     * A view.
     *
     * @param snapshot what the view says that it shows
     * @param topFirst the layers, the highest first
     */
    public MergedTree(Snapshot snapshot, List<? extends LayerView> topFirst, ContentSource contents) {
        this.snapshot = snapshot;
        this.topFirst = List.copyOf(topFirst);
        this.contents = contents;
    }

    /** The layers, the highest first, that this tree has on top of all those of another; empty if it has not those. */
    public Optional<List<LayerView>> above(MergedTree lower) {
        int count = topFirst.size() - lower.topFirst.size();
        boolean based = count >= 0 && topFirst.subList(count, topFirst.size()).equals(lower.topFirst);
        return based ? Optional.of(topFirst.subList(0, count)) : Optional.empty();
    }

    @Override
    public Snapshot snapshot() {
        return snapshot;
    }

    Merge.Found root() {
        return Merge.root(topFirst);
    }

    Merge.@Nullable Found lookUp(String path) {
        Merge.Found found = root();
        for (String element : Names.elements(path)) {
            Merge.Directory directory = found.directory();
            if (directory == null) {
                return null;
            }
            Merge.Found child = directory.child(Names.encode(element));
            if (child == null) {
                return null;
            }
            found = child;
        }
        return found;
    }

    @Override
    public Optional<Node> find(String path) {
        Merge.Found found = lookUp(path);
        return found == null ? Optional.empty() : Optional.of(found.toNode(Names.clean(path)));
    }

    @Override
    public Optional<Node> resolve(String path, boolean followLast) throws TreeException {
        PathWalk walk = new PathWalk(root(), path, followLast, false);
        Merge.Found found = walk.found();
        return found == null ? Optional.empty() : Optional.of(found.toNode(walk.path()));
    }

    /**
     * The real path where a node would be written: links on the way are followed, and what does not exist is taken as
     * it is written.
     *
     * @param followLast whether a link at the end is followed too
     */
    public String resolveForWriting(String path, boolean followLast) throws TreeException {
        return new PathWalk(root(), path, followLast, true).path();
    }

    private Merge.Directory directory(String path) throws TreeException {
        Merge.Found found = lookUp(path);
        if (found == null) {
            throw new TreeException(TreeException.Code.NOT_FOUND, path);
        }
        Merge.Directory directory = found.directory();
        if (directory == null) {
            throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, path);
        }
        return directory;
    }

    @Override
    public List<Node> list(String path) throws TreeException {
        String clean = Names.clean(path);
        var nodes = new ArrayList<Node>();
        for (Merge.Found child : directory(path).children()) {
            nodes.add(child.toNode(Names.join(clean, child.view().table().name(child.node()))));
        }
        return nodes;
    }

    @Override
    public void walk(String path, PathFilter filter, Visitor visitor) throws IOException {
        walk(directory(path), Names.clean(path), "", filter, visitor, new ArrayList<>());
    }

    /** {@code pending} holds directories on the way that are not chosen and visited only if something below them is. */
    private static void walk(
            Merge.Directory directory,
            String base,
            String relative,
            PathFilter filter,
            Visitor visitor,
            List<Node> pending)
            throws IOException {
        for (Merge.Found child : directory.children()) {
            String childPath = Names.join(relative, child.view().table().name(child.node()));
            Merge.Directory childDirectory = child.directory();
            boolean chosen = filter.includes(childPath, childDirectory != null);
            boolean descend = childDirectory != null && filter.mayIncludeBelow(childPath);
            if (!chosen && !descend) {
                continue;
            }
            Node node = child.toNode(Names.join(base, childPath));
            if (chosen) {
                for (Node parent : pending) {
                    visitor.visit(parent);
                }
                pending.clear();
                visitor.visit(node);
            }
            if (descend && childDirectory != null) {
                if (!chosen) {
                    pending.add(node);
                }
                walk(childDirectory, base, childPath, filter, visitor, pending);
                if (!chosen) {
                    pending.remove(node);
                }
            }
        }
    }

    @Override
    public Digest digest(String path, PathFilter filter) throws TreeException {
        Merge.Found found = lookUp(path);
        if (found == null) {
            throw new TreeException(TreeException.Code.NOT_FOUND, path);
        }
        return TreeDigest.of(found, filter);
    }

    @Override
    public InputStream open(Node file) throws IOException {
        Merge.Found found = lookUp(file.path());
        if (found == null) {
            throw new TreeException(TreeException.Code.NOT_FOUND, file.path());
        }
        if (!found.view().table().isFile(found.node())) {
            throw new TreeException(
                    found.directory() == null ? TreeException.Code.NOT_FOUND : TreeException.Code.IS_A_DIRECTORY,
                    file.path());
        }
        return contents.open(found.view(), found.node(), file.path());
    }

    @Override
    public Optional<Object> linkIdentity(Node node) {
        if (node.isDirectory()) {
            return Optional.empty();
        }
        Merge.Found found = lookUp(node.path());
        if (found == null || !found.view().table().has(found.node(), NodeTable.LINKED)) {
            return Optional.empty();
        }
        return Optional.of(new LinkIdentity(found.view(), found.view().table().inode(found.node())));
    }

    private record LinkIdentity(LayerView view, long inode) {}

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MergedTree that && topFirst.equals(that.topFirst);
    }

    @Override
    public int hashCode() {
        return Objects.hash(topFirst);
    }
}
