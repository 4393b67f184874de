package org.buildengine.solver.node;

import static org.buildengine.snapshotter.KeyKind.CONTENT;
import static org.buildengine.snapshotter.KeyKind.PRODUCER;
import static org.buildengine.snapshotter.KeyKind.RECIPE;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.key.SeenResults;
import org.buildengine.solver.op.Vertex;

/** Puts what a vertex came to into the store, under all its keys. Used by the thread of the node. */
record Publication(Vertex vertex, Snapshotter snapshotter, Owner owner, Recall recall) {
    /**
     * Publishes {@code output}; the result is held by the owner.
     *
     * @param content what it reads of its inputs, where that is a key too
     * @param took how long it ran
     */
    StoredResult publish(OpRunner.Output output, Digest producer, Optional<Digest> content, Duration took)
            throws IOException {
        var keys = new EnumMap<KeyKind, List<Digest>>(KeyKind.class);
        keys.putAll(Map.of(RECIPE, recall.recipes(producer), PRODUCER, List.of(producer)));
        content.ifPresent(key -> keys.put(CONTENT, List.of(key)));
        var result = new ResultStore.NewResult(
                keys,
                output.identity().isPresent() ? output.identity().get() : identity(producer, output.outputs()),
                output.outputs(),
                output.facts(),
                output.blobs(),
                took,
                new Origin(RecordType.REGULAR, vertex.op().describe()));
        StoredResult published = snapshotter.results().publish(result, owner);
        recall.made(producer, published);
        return published;
    }

    /** Where one producer key has many results, the key does not tell one from the others. */
    private Digest identity(Digest producer, List<Snapshot> outputs) throws IOException {
        return vertex.reuse().isAny() ? producer : new SeenResults(snapshotter::tree).identity(producer, outputs);
    }
}
