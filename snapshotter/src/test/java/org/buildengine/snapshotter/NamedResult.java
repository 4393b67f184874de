package org.buildengine.snapshotter;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.buildengine.snapshotter.ResultStore.NewResult;

/** Results whose key, identity and description are made of one name; for tests that care about their bytes. */
public final class NamedResult {
    private NamedResult() {}

    public static NewResult of(String name, Snapshot... outputs) {
        return of(name, Set.of(), outputs);
    }

    public static NewResult of(String name, Set<Digest> blobs, Snapshot... outputs) {
        return new NewResult(
                Map.of(KeyKind.RECIPE, List.of(Digest.of(name))),
                Digest.of(name),
                List.of(outputs),
                Map.of(),
                blobs,
                Duration.ofSeconds(1),
                new Origin(RecordType.REGULAR, name));
    }
}
