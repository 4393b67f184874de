package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerIndex;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;
import org.buildengine.snapshotter.tree.OverlayXattrs;

/**
 * A layer being written: its nodes in a {@link DraftTree}, its bytes in a {@link LayerSink}. One thread uses it; the
 * streams of its files may be used by others, so the draft has a lock, which is never held across I/O.
 */
final class DraftLayer implements LayerWriter {
    private static final int MOST_MAJOR = 0xfff;
    private static final int MOST_MINOR = 0xfffff;
    private static final int COPY_BUFFER = 128 * 1024;

    private final LayerStaging.Staged staged;
    private final LayerSink sink;
    private final Room room;
    private final Sealing sealing;
    private final ReentrantLock lock = new ReentrantLock();
    private final DraftTree draft = new DraftTree();
    private final Map<Integer, LayerFileStream> open = new HashMap<>();
    private boolean ended;

    /** Told when a layer is complete, with the index that is already in memory. */
    @FunctionalInterface
    interface Sealing {
        void sealed(LayerId id, LayerIndex index);
    }

    DraftLayer(LayerStaging.Staged staged, LayerSink sink, Room room, Sealing sealing) {
        this.staged = staged;
        this.sink = sink;
        this.room = room;
        this.sealing = sealing;
    }

    /** The nodes so far; only for the thread that writes, while no stream is open elsewhere. */
    DraftTree draft() {
        return draft;
    }

    /** The bytes of a finished file. */
    InputStream content(int node) throws IOException {
        return sink.open(draft.table(), node);
    }

    private static Attributes checked(String path, Attributes attributes) throws IOException {
        for (String name : attributes.xattrs().keySet()) {
            if (OverlayXattrs.isReserved(name)) {
                throw new IOException(path + ": extended attribute " + name + " belongs to overlay and cannot be set");
            }
        }
        return attributes;
    }

    private int put(String path, int kind) throws IOException {
        return draft.put(Names.writable(path), kind);
    }

    private void putPlain(String path, Attributes attributes, NodeType type, Filling filling) throws IOException {
        Attributes given = checked(path, attributes);
        lock.lock();
        try {
            int node = put(path, NodeTable.kindOf(type));
            draft.attributes(node, given);
            filling.fill(node);
        } finally {
            lock.unlock();
        }
    }

    @FunctionalInterface
    private interface Filling {
        void fill(int node) throws IOException;
    }

    @Override
    public void directory(String path, Attributes attributes) throws IOException {
        putPlain(path, attributes, NodeType.DIRECTORY, _ -> {});
    }

    /** Writes a directory that is here because of what is in it, with the attributes that it has below the layer. */
    void copiedDirectory(String path, Attributes attributes) throws IOException {
        putPlain(path, attributes, NodeType.DIRECTORY, draft::copied);
    }

    @Override
    public OutputStream file(String path, Attributes attributes, long size) throws IOException {
        return start(path, attributes, size, Optional.empty());
    }

    private OutputStream start(String path, Attributes attributes, long size, Optional<Digest> digest)
            throws IOException {
        if (size < 0) {
            throw new IllegalArgumentException(path + ": a file cannot have " + size + " bytes");
        }
        List<String> elements = Names.writable(path);
        lock.lock();
        try {
            // before the sink sets anything aside; only this thread adds nodes, so the answer stays true
            draft.checkPlace(elements, NodeTable.FILE);
        } finally {
            lock.unlock();
        }
        LayerSink.SinkFile file = sink.file(checked(path, attributes), size);
        lock.lock();
        try {
            int node = draft.put(elements, NodeTable.FILE);
            draft.attributes(node, attributes);
            draft.size(node, size);
            var stream = new LayerFileStream(path, file, size, digest, (bytes, place) -> finished(node, bytes, place));
            open.put(node, stream);
            return stream.registered(done -> ended(node, done));
        } finally {
            lock.unlock();
        }
    }

    private void ended(int node, LayerFileStream stream) {
        lock.lock();
        try {
            open.remove(node, stream);
        } finally {
            lock.unlock();
        }
    }

    private void finished(int node, LayerFileStream.Finished file, LayerSink.Place place) {
        lock.lock();
        try {
            // a stream that lost its path to a later node has nothing to say any more
            if (open.get(node) == file.stream() && draft.table().isFile(node)) {
                draft.content(node, file.digest().toBytes(), place.data(), place.tail(), place.inode());
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void copy(String path, Attributes attributes, Tree source, Node file) throws IOException {
        Optional<LayerSink.Place> borrowed = sink.borrow(source, file);
        if (borrowed.isPresent()) {
            LayerSink.Place place = borrowed.get();
            byte[] digest = file.content().orElseThrow().toBytes();
            putPlain(path, attributes, NodeType.FILE, node -> {
                draft.size(node, file.size());
                draft.content(node, digest, place.data(), place.tail(), place.inode());
            });
            return;
        }
        try (InputStream in = source.open(file);
                OutputStream out = start(path, attributes, file.size(), file.content())) {
            byte[] buffer = new byte[(int) Math.max(1, Math.min(file.size(), COPY_BUFFER))];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                out.write(buffer, 0, read);
            }
        }
    }

    @Override
    public void symlink(String path, Attributes attributes, String target) throws IOException {
        if (target.isEmpty() || Names.encode(target).length > Names.PATH_MAX || target.indexOf('\0') >= 0) {
            throw new IOException(path + ": a link cannot point to \"" + target.replace('\0', '?') + "\"");
        }
        putPlain(path, attributes, NodeType.SYMLINK, node -> draft.target(node, target));
    }

    @Override
    public void hardlink(String path, String existing) throws IOException {
        List<String> from = Names.writable(existing);
        List<String> to = Names.writable(path);
        lock.lock();
        try {
            int node = draft.find(from);
            if (node == LayerView.NONE || draft.table().isWhiteout(node)) {
                throw new TreeException(TreeException.Code.NOT_FOUND, existing);
            }
            if (draft.table().isDirectory(node)) {
                throw new TreeException(TreeException.Code.IS_A_DIRECTORY, existing);
            }
            if (open.containsKey(node)) {
                throw new IOException(existing + ": still being written, so it cannot get another name yet");
            }
            if (!from.equals(to)) {
                draft.link(draft.put(to, draft.table().kind(node)), node);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void special(String path, Attributes attributes, NodeType type, int major, int minor) throws IOException {
        if (type == NodeType.CHAR_DEVICE && major == 0 && minor == 0) {
            // overlay reads this device as "hidden", so it cannot be anything else
            whiteout(path);
            return;
        }
        if (major < 0 || major > MOST_MAJOR || minor < 0 || minor > MOST_MINOR) {
            throw new IOException(path + ": no device can have the numbers " + major + ":" + minor);
        }
        putPlain(path, attributes, type, node -> {
            switch (type) {
                case CHAR_DEVICE, BLOCK_DEVICE -> draft.device(node, major, minor);
                case FIFO, SOCKET -> {}
                default -> throw new IllegalArgumentException(path + ": not a special file: " + type);
            }
        });
    }

    @Override
    public void whiteout(String path) throws IOException {
        lock.lock();
        try {
            draft.attributes(put(path, NodeTable.WHITEOUT), Attributes.ofMode(0));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void opaque(String path) throws IOException {
        List<String> elements = Names.writable(path);
        lock.lock();
        try {
            draft.opaque(draft.passThrough(elements));
        } finally {
            lock.unlock();
        }
    }

    /** Drops a node that was written before. */
    void remove(List<String> elements) {
        lock.lock();
        try {
            int node = draft.find(elements);
            if (node != LayerView.NONE) {
                draft.remove(node);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public SealedLayer seal() throws IOException {
        lock.lock();
        try {
            if (ended) {
                throw new IllegalStateException("the layer was sealed or discarded before");
            }
            if (!open.isEmpty()) {
                LayerFileStream first = open.values().iterator().next();
                throw new IOException(first.path() + ": still being written, so the layer cannot be finished");
            }
            ended = true;
        } finally {
            lock.unlock();
        }
        WritePoint.LAYER_FILLED.reached();
        try (sink) {
            sink.finish(draft);
        }
        WritePoint.LAYER_WRITTEN.reached();
        LayerIndex index = LayerIndex.of(draft);
        index.save(staged.directory().resolve(LayerCatalog.INDEX), room);
        WritePoint.LAYER_INDEXED.reached();
        boolean empty = draft.isPristine();
        LayerId id = staged.publish();
        sealing.sealed(id, index);
        return new SealedLayer(id, index.digest(), empty);
    }

    @Override
    public void close() throws IOException {
        List<LayerFileStream> abandoned;
        lock.lock();
        try {
            ended = true;
            abandoned = List.copyOf(open.values());
            open.clear();
        } finally {
            lock.unlock();
        }
        try (staged;
                sink) {
            for (LayerFileStream stream : abandoned) {
                stream.abandon();
            }
        }
    }
}
