package org.buildengine.snapshotter.tree;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.PathFilter;

/**
 * Digests of trees, directory by directory: that of a directory covers its header and, for each child in order, name,
 * header, and the digest of its content or of the directory that it is. Times do not count.
 */
final class TreeDigest {
    private final PathFilter filter;
    private ByteBuffer buffer = ByteBuffer.allocate(512);

    private TreeDigest(PathFilter filter) {
        this.filter = filter;
    }

    static Digest of(Merge.Found found, PathFilter filter) {
        var digest = new TreeDigest(filter);
        Merge.Directory directory = found.directory();
        return directory == null ? digest.leaf(found) : Digest.ofRaw(digest.directory(directory, "", true));
    }

    /** Digest of one layer by itself, whiteouts and opaque directories included. */
    static Digest ofLayer(LayerView layer) {
        return Digest.ofRaw(new TreeDigest(PathFilter.ALL).layerDirectory(layer, LayerView.ROOT));
    }

    private Digest leaf(Merge.Found found) {
        MessageDigest sha = Digest.sha256();
        header(sha, found.view().table(), found.node());
        return Digest.finish(sha);
    }

    /** The digest of what is chosen, or null if that is nothing and the directory itself need not be kept. */
    @SuppressWarnings("NullAway")
    private byte[] directory(Merge.Directory directory, String path, boolean keep) {
        if (filter.equals(PathFilter.ALL) && directory.ofOneLayer()) {
            return directory.view().digests().get(directory.node(), _ -> contents(directory, path, true));
        }
        return contents(directory, path, keep);
    }

    @SuppressWarnings("NullAway")
    private byte[] contents(Merge.Directory directory, String path, boolean keep) {
        MessageDigest sha = Digest.sha256();
        header(sha, directory.view().table(), directory.node());
        boolean any = keep;
        for (Merge.Found child : directory.children()) {
            any |= child(sha, child, path);
        }
        return any ? sha.digest() : null;
    }

    private boolean child(MessageDigest sha, Merge.Found child, String path) {
        NodeTable table = child.view().table();
        Merge.Directory directory = child.directory();
        boolean everything = filter.equals(PathFilter.ALL);
        String childPath = everything ? "" : Names.join(path, table.name(child.node()));
        boolean chosen = everything || filter.includes(childPath, directory != null);
        if (directory == null) {
            if (chosen) {
                name(sha, table, child.node());
                header(sha, table, child.node());
            }
            return chosen;
        }
        if (!everything && !filter.mayIncludeBelow(childPath)) {
            if (chosen) {
                MessageDigest bare = Digest.sha256();
                header(bare, table, child.node());
                name(sha, table, child.node());
                sha.update(bare.digest());
            }
            return chosen;
        }
        byte[] digest = directory(directory, childPath, chosen);
        if (digest == null) {
            return false;
        }
        name(sha, table, child.node());
        sha.update(digest);
        return true;
    }

    private byte[] layerDirectory(LayerView layer, int directory) {
        NodeTable table = layer.table();
        MessageDigest sha = Digest.sha256();
        header(sha, table, directory);
        for (int child : layer.children(directory)) {
            name(sha, table, child);
            if (table.isDirectory(child)) {
                sha.update(layerDirectory(layer, child));
                sha.update((byte) (table.has(child, NodeTable.OPAQUE) ? 1 : 0));
            } else {
                header(sha, table, child);
            }
        }
        return sha.digest();
    }

    private void name(MessageDigest sha, NodeTable table, int node) {
        byte[] name = table.nameBytes(node);
        sha.update((byte) name.length);
        sha.update(name);
    }

    private void header(MessageDigest sha, NodeTable table, int node) {
        buffer.clear();
        int kind = table.kind(node);
        buffer.put((byte) kind);
        if (kind == NodeTable.WHITEOUT) {
            flush(sha);
            return;
        }
        buffer.putInt(kind == NodeTable.SYMLINK ? 0777 : table.mode(node));
        buffer.putInt(table.uid(node)).putInt(table.gid(node));
        if (kind == NodeTable.FILE) {
            buffer.putLong(table.size(node));
            table.copyDigest(node, buffer.array(), buffer.position());
            buffer.position(buffer.position() + Digest.LENGTH);
        } else if (kind == NodeTable.SYMLINK) {
            text(table.target(node));
        } else {
            buffer.putInt(table.deviceMajor(node)).putInt(table.deviceMinor(node));
        }
        if (table.hasXattrs(node)) {
            table.xattrs(node).forEach((name, value) -> {
                text(Names.encode(name));
                text(value);
            });
        }
        flush(sha);
    }

    private void text(byte[] bytes) {
        if (buffer.remaining() < bytes.length + 4) {
            int position = buffer.position();
            buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), buffer.capacity() * 2 + bytes.length));
            buffer.position(position);
        }
        buffer.putInt(bytes.length).put(bytes);
    }

    /** The length goes first, so that no two sequences of headers have the same bytes. */
    private void flush(MessageDigest sha) {
        int length = buffer.position();
        sha.update((byte) (length >>> 24));
        sha.update((byte) (length >>> 16));
        sha.update((byte) (length >>> 8));
        sha.update((byte) length);
        sha.update(buffer.array(), 0, length);
    }
}
