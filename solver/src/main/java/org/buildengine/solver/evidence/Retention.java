package org.buildengine.solver.evidence;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.solver.events.EventLogs;

/**
 * Keeps the last builds, and lets the others go some at a time: first their decisions, then the steps that no build asked for
 * any more and that have no result. Logs go with their builds, or before them if they are too large together. Used by one thread.
 */
final class Retention {
    private static final System.Logger LOG = System.getLogger(Retention.class.getName());

    /** So many rows go in one change. */
    private static final int PART = 256;

    private final BuildRows rows;
    private final ResultStore results;
    private final EventLogs logs;
    private final int kept;
    private final int surplus;

    /** How many builds there were when they were last counted; more than enough before that. */
    private int counted;

    /** Whether a row was found that cannot be read. */
    private boolean unreadable;

    /** How many have ended since. */
    private int ended;

    Retention(BuildRows rows, ResultStore results, EventLogs logs, int kept) {
        this.rows = rows;
        this.results = results;
        this.logs = logs;
        this.kept = kept;
        this.surplus = Math.max(1, kept / 4);
        this.counted = kept + surplus;
    }

    /**
     * Removes what is too much, once it is worth the while. To be called when a build has ended.
     *
     * @param spared the numbers of builds that stay, because they have not ended or have only just
     */
    void apply(Set<Long> spared) throws IOException {
        ended++;
        if (counted + ended + spared.size() >= kept + surplus) {
            removeSurplus(spared);
        }
        logs.trim();
    }

    private void removeSurplus(Set<Long> spared) throws IOException {
        var builds = new ArrayList<byte[]>();
        rows.scan(Kind.BUILD, new byte[0], (key, _) -> builds.add(key));
        counted = builds.size();
        ended = 0;
        if (builds.size() >= kept + surplus) {
            int many = builds.size() - kept;
            List<byte[]> oldest = builds.stream()
                    .filter(build -> !spared.contains(number(build)))
                    .limit(many)
                    .toList();
            if (!oldest.isEmpty()) {
                remove(oldest, spared);
                sweep();
                counted -= oldest.size();
            }
        }
    }

    private static long number(byte[] build) {
        return ByteBuffer.wrap(build).getLong();
    }

    private void remove(List<byte[]> builds, Set<Long> spared) throws IOException {
        var gone = new ArrayList<Change>();
        for (byte[] build : builds) {
            rows.scan(Kind.DECISION, build, (key, _) -> gone.add(Change.delete(Kind.DECISION, key)));
            gone.add(Change.delete(Kind.BUILD, build));
        }
        write(gone);
        logs.forget(number(builds.getLast()), spared);
    }

    private void sweep() throws IOException {
        Set<Digest> known = new HashSet<>();
        rows.scan(
                Kind.DECISION,
                new byte[0],
                (_, row) -> read(() -> DecisionRow.decode(row))
                        .ifPresent(read -> read.decided().forEach(step -> known.add(step.recipe()))));
        var gone = new ArrayList<Change>();
        rows.scan(Kind.STEP, new byte[0], (key, row) -> {
            Digest recipe = Digest.ofRaw(key);
            if (!known.contains(recipe)) {
                Optional<StepRecord> step = read(() -> StepRecord.decode(recipe, row));
                if (step.isPresent() && results.find(step.get().result()).isEmpty()) {
                    gone.add(Change.delete(Kind.STEP, key));
                } else {
                    known.add(recipe);
                }
            }
        });
        rows.scan(Kind.LINEAGE, new byte[0], (key, value) -> {
            Optional<Long> result = StepTable.resultOf(key);
            if (result.isEmpty()) {
                lead(key, StepTable.decode(value), known).ifPresent(gone::add);
            } else if (results.find(result.get()).isEmpty()) {
                gone.add(Change.delete(Kind.LINEAGE, key));
            }
        });
        write(gone);
    }

    private interface Decoding<T> {
        T decode() throws IOException;
    }

    /** What a row says. One that cannot be read stays, and the others are not kept for it. */
    private <T> Optional<T> read(Decoding<T> decoding) {
        try {
            return Optional.of(decoding.decode());
        } catch (IOException | RuntimeException e) {
            if (!unreadable) {
                LOG.log(Level.WARNING, "some evidence of builds cannot be read: {0}", e.getMessage());
            }
            unreadable = true;
            return Optional.empty();
        }
    }

    /** What makes a row lead only to steps that are known, if it leads to others. */
    private static Optional<Change> lead(byte[] key, List<Digest> recipes, Set<Digest> known) {
        List<Digest> left = recipes.stream().filter(known::contains).toList();
        if (left.size() == recipes.size()) {
            return Optional.empty();
        }
        return Optional.of(
                left.isEmpty()
                        ? Change.delete(Kind.LINEAGE, key)
                        : Change.put(Kind.LINEAGE, key, StepTable.encode(left)));
    }

    private void write(List<Change> changes) throws IOException {
        for (int from = 0; from < changes.size(); from += PART) {
            rows.write(changes.subList(from, Math.min(changes.size(), from + PART)));
        }
    }
}
