package org.buildengine.solver.evidence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;

/** The numbers of the steps of one build, which may still become more: each row of it is read once. Used by one thread. */
public final class StepNumbers {
    private final BuildHistory history;
    private final BuildRows rows;
    private final Build build;
    private final Map<Digest, Integer> numbers = new HashMap<>();
    private int next;

    StepNumbers(BuildHistory history, BuildRows rows, Build build) {
        this.history = history;
        this.rows = rows;
        this.build = build;
    }

    /**
     * The number of the step with this recipe; 0 if nothing is kept of it.
     *
     * @throws IOException if what was decided is still being written after 30 seconds, or cannot be read
     */
    public int of(Digest recipe) throws IOException {
        if (!numbers.containsKey(recipe)) {
            history.settle();
            read();
        }
        return numbers.computeIfAbsent(recipe, _ -> 0);
    }

    private void read() throws IOException {
        if (next == 0) {
            rows.scan(Kind.DECISION, build.key(), (key, row) -> {
                add(row);
                next = ByteBuffer.wrap(key).getInt(Long.BYTES) + 1;
            });
        }
        Optional<byte[]> row = rows.get(Kind.DECISION, DecisionRow.key(build.number(), next));
        while (row.isPresent()) {
            add(row.get());
            next++;
            row = rows.get(Kind.DECISION, DecisionRow.key(build.number(), next));
        }
    }

    private void add(byte[] row) throws IOException {
        DecisionRow.decode(row).decided().forEach(step -> numbers.put(step.recipe(), step.number()));
    }
}
