package org.buildengine.solver.node;

import static org.buildengine.snapshotter.KeyKind.CONTENT;
import static org.buildengine.snapshotter.KeyKind.PRODUCER;
import static org.buildengine.snapshotter.KeyKind.RECIPE;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Reason;
import org.buildengine.solver.key.Keys;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Vertex;

/**
 * What is remembered of one vertex and may be used for it. What it finds is held. Used by the thread of the node.
 *
 * <p>The recipe answers for a vertex only if everybody's results will do for all that it works on: else what it works on is
 * another thing each time, and only its identity, in the producer key, says which.
 */
final class Recall {
    private final Vertex vertex;
    private final Circle circle;
    private final ResultStore results;
    private final Owner owner;
    private final InstantSource clock;
    private Optional<Reason> refusal = Optional.empty();

    Recall(Vertex vertex, Circle circle, ResultStore results, Owner owner, InstantSource clock) {
        this.vertex = vertex;
        this.circle = circle;
        this.results = results;
        this.owner = owner;
        this.clock = clock;
    }

    /** A result, and how it was found. */
    record Found(StoredResult result, Lookup how) {}

    /** Why a result was not used that is remembered; empty if there was none. */
    Optional<Reason> refusal() {
        return refusal;
    }

    /** What is known without doing anything: under the recipe, or the producer key if all inputs are known. */
    Optional<Found> withoutInputs() throws IOException {
        if (own().isPresent() || !vertex.inputsAreSettled()) {
            return Optional.empty();
        }
        Optional<StoredResult> asked = usable(results.find(RECIPE, vertex.recipe()));
        if (asked.isPresent()) {
            return asked.map(result -> new Found(result, Lookup.RECIPE));
        }
        var identities = new ArrayList<Digest>();
        for (InputRef input : vertex.inputs()) {
            Optional<StoredResult> known = results.find(RECIPE, input.vertex().recipe());
            if (known.isEmpty()) {
                return Optional.empty();
            }
            identities.add(known.get().identity());
        }
        return byProducer(Keys.producer(vertex, identities));
    }

    /** What the operation made of these very inputs. */
    Optional<Found> byProducer(Digest producer) throws IOException {
        Optional<StoredResult> found = switch (vertex.reuse().reach()) {
            case ENGINE -> usable(vertex.reuse().isAny() ? results.find(PRODUCER, producer) : latest(producer));
            case SESSION -> own(circle.session(), producer, Reason.Policy.PER_SESSION);
            case JOB -> own(circle.job(), producer, Reason.Policy.FRESH);
        };
        return led(found, Lookup.PRODUCER);
    }

    private Optional<StoredResult> own(OwnRuns runs, Digest producer, Reason.Policy policy) {
        Optional<StoredResult> made = held(runs.find(producer).flatMap(results::find));
        if (made.isEmpty() && latest(producer).isPresent()) {
            refusal = Optional.of(new Reason.Forbidden(policy));
        }
        return made;
    }

    /** A producer key keeps its first result; what was made since, because that would not do, has another key. */
    private Optional<StoredResult> latest(Digest producer) {
        return results.find(RECIPE, latestKey(producer)).or(() -> results.find(PRODUCER, producer));
    }

    /** What the operation made of inputs of which it reads the same. */
    Optional<Found> byContent(Digest content, Digest producer) throws IOException {
        if (own().isPresent()) {
            return Optional.empty();
        }
        Optional<StoredResult> found = usable(results.find(CONTENT, content));
        if (found.isPresent()) {
            results.addKey(PRODUCER, producer, found.get().id());
        }
        return led(found, Lookup.CONTENT);
    }

    /** Lets the recipe lead to what was found under another key. */
    private Optional<Found> led(Optional<StoredResult> found, Lookup how) throws IOException {
        if (found.isPresent()) {
            results.addKey(RECIPE, vertex.recipe(), found.get().id());
        }
        return found.map(result -> new Found(result, how));
    }

    /** The runs of which alone results may be used; empty if those of everybody may. */
    private Optional<OwnRuns> own() {
        return switch (vertex.reuse().reach()) {
            case ENGINE -> Optional.empty();
            case SESSION -> Optional.of(circle.session());
            case JOB -> Optional.of(circle.job());
        };
    }

    /** Whether the result of a run may be used that others have begun. */
    boolean mayJoin() {
        return own().isEmpty();
    }

    /** Keeps in mind what was made for this vertex. */
    void made(Digest producer, StoredResult result) {
        own().ifPresent(runs -> runs.add(producer, result.id()));
    }

    /** The recipe keys of a result that is made now. */
    List<Digest> recipes(Digest producer) {
        return vertex.reuse().isAny() ? List.of(vertex.recipe()) : List.of(vertex.recipe(), latestKey(producer));
    }

    private static Digest latestKey(Digest producer) {
        return new KeyEncoder().text("latest").digest(producer).finish();
    }

    /** Holds what was found and is not too old. */
    private Optional<StoredResult> usable(Optional<StoredResult> found) {
        Optional<Duration> age = vertex.reuse().age();
        if (found.isPresent() && age.isPresent()) {
            Instant made = found.get().created();
            if (!made.plus(age.get()).isAfter(clock.instant())) {
                refusal = Optional.of(new Reason.Expired(made, age.get()));
                return Optional.empty();
            }
        }
        return held(found);
    }

    /** Holds what was found; what is gone by now was not found. */
    private Optional<StoredResult> held(Optional<StoredResult> found) {
        return found.filter(result -> owner.hold(result.id()));
    }
}
