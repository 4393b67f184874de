package org.buildengine.solver;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Holdings;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.PackOptions;
import org.buildengine.snapshotter.PackedLayer;
import org.buildengine.snapshotter.RemovedResult;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.Workspace;

/** Remembers results in memory, with the write rules of the real store; has no trees. */
public class MemorySnapshotter implements Snapshotter, ResultStore {
    private final Map<KeyKind, Map<Digest, Long>> keys = Map.of(
            KeyKind.RECIPE, new ConcurrentHashMap<>(),
            KeyKind.PRODUCER, new ConcurrentHashMap<>(),
            KeyKind.CONTENT, new ConcurrentHashMap<>());
    private final Map<Long, StoredResult> results = new ConcurrentHashMap<>();
    private final Map<Long, RemovedResult> removed = new ConcurrentHashMap<>();
    private final AtomicLong ids = new AtomicLong();
    private final MemoryRows rows = new MemoryRows();

    private Map<Digest, Long> keysOf(KeyKind kind) {
        return Objects.requireNonNull(keys.get(kind));
    }

    /** Forgets what a key led to, as collection would. */
    public void forget(KeyKind kind, Digest key) {
        keysOf(kind).remove(key);
    }

    /** Takes a result out, as collection does. */
    public void remove(long id) {
        results.remove(id);
    }

    @Override
    public ResultStore results() {
        return this;
    }

    @Override
    public Optional<StoredResult> find(KeyKind kind, Digest key) {
        return Optional.ofNullable(keysOf(kind).get(key)).flatMap(this::find);
    }

    @Override
    public Optional<StoredResult> find(long id) {
        return Optional.ofNullable(results.get(id));
    }

    /** Removes a result, as collection would. */
    public void remove(long id, RemovedResult how) {
        results.remove(id);
        removed.put(id, how);
    }

    @Override
    public Optional<RemovedResult> removed(long id) {
        return Optional.ofNullable(removed.get(id));
    }

    @Override
    public List<Holdings> holdings() {
        return List.of();
    }

    @Override
    public Owner owner(String name) {
        return Owner.NONE;
    }

    @Override
    public StoredResult publish(NewResult result, Owner owner) throws IOException {
        long id = ids.incrementAndGet();
        var stored = new StoredResult(
                id,
                result.identity(),
                result.outputs(),
                result.facts(),
                result.blobs(),
                now(),
                result.cost(),
                result.origin());
        results.put(id, stored);
        result.keys().forEach((kind, digests) -> digests.forEach(key -> point(kind, key, id)));
        return stored;
    }

    /** When results are made that are published now. */
    protected Instant now() {
        return Instant.EPOCH;
    }

    @Override
    public void addKey(KeyKind kind, Digest key, long resultId) throws IOException {
        point(kind, key, resultId);
    }

    private void point(KeyKind kind, Digest key, long resultId) {
        if (kind == KeyKind.RECIPE) {
            keysOf(kind).put(key, resultId);
        } else {
            keysOf(kind).putIfAbsent(key, resultId);
        }
    }

    @Override
    public BlobStore blobs() {
        throw new UnsupportedOperationException("no blobs in memory");
    }

    @Override
    public BuildRows buildRows() {
        return rows;
    }

    @Override
    public CacheCollector collector() {
        throw new UnsupportedOperationException("nothing to collect in memory");
    }

    @Override
    public CacheVolumes cacheVolumes() {
        throw new UnsupportedOperationException("no volumes in memory");
    }

    @Override
    public LayerWriter writeLayer(String purpose) {
        throw new UnsupportedOperationException("no layers in memory");
    }

    @Override
    public Tree tree(Snapshot snapshot) throws IOException {
        throw new UnsupportedOperationException("no trees in memory: " + List.copyOf(snapshot.layers()));
    }

    @Override
    public TreeEditor edit(Snapshot base) {
        throw new UnsupportedOperationException("no trees in memory");
    }

    @Override
    public SealedLayer importLayer(InputStream archive, Optional<Digest> diffId) {
        throw new UnsupportedOperationException("no layers in memory");
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
    public Snapshot diff(Tree lower, String lowerPath, Tree upper, String upperPath) {
        throw new UnsupportedOperationException("no trees in memory");
    }

    @Override
    public Snapshot changes(Tree lower, Tree upper) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Snapshot subtree(Tree tree, String path) {
        throw new UnsupportedOperationException("no trees in memory");
    }

    @Override
    public Workspace workspace(Snapshot base, Optional<Path> underlay) {
        throw new UnsupportedOperationException("no mounts in memory");
    }

    @Override
    public MountedSnapshot mount(Snapshot snapshot) {
        throw new UnsupportedOperationException("no mounts in memory");
    }

    @Override
    public void close() {}
}
