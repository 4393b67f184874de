package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;

/** The numbers of steps in earlier builds; those of one build at a time are kept. Used by one thread. */
final class EarlierNumbers {
    private final BuildRows rows;
    private String build = "";
    private Map<Digest, Integer> numbers = Map.of();

    EarlierNumbers(BuildRows rows) {
        this.rows = rows;
    }

    /** The number of a step in an earlier build; 0 if that build is not kept. */
    int number(String id, Digest recipe) throws IOException {
        if (!build.equals(id)) {
            build = id;
            numbers = read(id);
        }
        return numbers.getOrDefault(recipe, 0);
    }

    private Map<Digest, Integer> read(String id) throws IOException {
        var keys = new ArrayList<byte[]>();
        rows.scan(Kind.BUILD, new byte[0], (key, row) -> {
            if (Build.decode(key, row, 0).id().equals(id)) {
                keys.add(key);
            }
        });
        Map<Digest, Integer> found = new HashMap<>();
        for (byte[] key : keys) {
            rows.scan(
                    Kind.DECISION,
                    key,
                    (_, row) ->
                            DecisionRow.decode(row).decided().forEach(step -> found.put(step.recipe(), step.number())));
        }
        return found;
    }
}
