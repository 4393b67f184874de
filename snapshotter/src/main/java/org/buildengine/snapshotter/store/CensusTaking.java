package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;

/** Lists what the store has, and the rows that stand for nothing any more. Changes nothing. Used once, by one platform thread. */
final class CensusTaking {
    private static final System.Logger LOG = System.getLogger(CensusTaking.class.getName());

    /** How long it is remembered that a result was removed. */
    private static final Duration REMEMBERED = Duration.ofDays(30);

    private final Removal.Parts parts;
    private final List<Pointer> dangling = new ArrayList<>();
    private final List<byte[]> expired = new ArrayList<>();

    /** A key and the result that it leads to. */
    record Pointer(Table table, Digest key, long result) {}

    CensusTaking(Removal.Parts parts) {
        this.parts = parts;
    }

    Census take() throws IOException {
        // Layers and blobs first: what is published from here on is known to be needed.
        List<LayerId> kept = parts.layers().collectable();
        Map<Digest, Long> blobs = parts.blobs().all();
        Map<Long, LastUses.Uses> uses = parts.results().uses().all();
        Set<Long> buried = buried();
        var rows = new ArrayList<StoredResult>();
        var broken = new ArrayList<Long>();
        parts.database()
                .scan(
                        Table.RESULT,
                        new byte[0],
                        (key, row) -> read(key, row)
                                .ifPresentOrElse(rows::add, () -> broken.add(RocksResultStore.number(key))));
        Set<Long> numbers = new HashSet<>(broken);
        rows.forEach(row -> numbers.add(row.id()));
        Set<Long> keyed = keyed(numbers, buried);
        var entries = new ArrayList<Census.Entry>();
        for (StoredResult row : rows) {
            var unused = new LastUses.Uses(row.created(), 0);
            entries.add(entry(row, uses.getOrDefault(row.id(), unused), keyed.contains(row.id())));
        }
        broken.forEach(id -> entries.add(broken(id)));
        return new Census(entries, parts.sizes().ofLayers(kept), parts.sizes().ofBlobs(blobs.keySet()));
    }

    /** The keys that lead to nothing, not even to a tombstone. */
    List<Pointer> dangling() {
        return dangling;
    }

    /** The keys of the tombstones that have stood long enough. */
    List<byte[]> expired() {
        return expired;
    }

    private Optional<StoredResult> read(byte[] key, byte[] row) {
        try {
            return ResultRow.decode(
                    RocksResultStore.number(key),
                    row,
                    parts.layers()::find,
                    blob -> parts.blobs().size(blob).isPresent());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a result cannot be read and goes: {0}", e.getMessage());
            return Optional.empty();
        }
    }

    private Census.Entry entry(StoredResult row, LastUses.Uses used, boolean keyed) {
        Set<LayerId> needed = new LinkedHashSet<>();
        for (Snapshot output : row.outputs()) {
            needed.addAll(output.layers());
        }
        return new Census.Entry(
                row.id(),
                needed,
                row.blobs(),
                row.created(),
                used.last(),
                used.count(),
                row.cost(),
                row.origin(),
                parts.results().owners().held(row.id()),
                keyed);
    }

    private Census.Entry broken(long id) {
        return new Census.Entry(
                id,
                Set.of(),
                Set.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                0,
                Duration.ZERO,
                Origin.UNKNOWN,
                parts.results().owners().held(id),
                false);
    }

    /** The results to which a key leads. */
    private Set<Long> keyed(Set<Long> results, Set<Long> buried) throws IOException {
        Set<Long> keyed = new HashSet<>();
        for (KeyKind kind : KeyKind.values()) {
            Table table = Table.of(kind);
            parts.database().scan(table, new byte[0], (key, value) -> {
                long result = RocksResultStore.number(value);
                if (results.contains(result)) {
                    keyed.add(result);
                } else if (!buried.contains(result)) {
                    dangling.add(new Pointer(table, Digest.ofRaw(key), result));
                }
            });
        }
        return keyed;
    }

    /** The results whose removal is still to be remembered. */
    private Set<Long> buried() throws IOException {
        Set<Long> buried = new HashSet<>();
        Instant oldest = parts.results().now().minus(REMEMBERED);
        parts.database().scan(Table.TOMBSTONE, new byte[0], (key, value) -> {
            if (Tombstone.decode(value).at().isBefore(oldest)) {
                expired.add(key);
            } else {
                buried.add(RocksResultStore.number(key));
            }
        });
        return buried;
    }
}
