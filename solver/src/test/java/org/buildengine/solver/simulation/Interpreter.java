package org.buildengine.solver.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/**
 * Evaluates graphs plainly: no keys, no cache, no threads. A source that gives something else each time makes the answer a
 * set: whatever comes out of any of the bytes that it has given so far.
 */
final class Interpreter {
    /** A source of this scheme gives something else each time it is fetched. */
    static final String RANDOM = "random";

    /** More answers than these are not told apart. */
    private static final int MANY = 64;

    private final Graphs graphs;
    private final Map<Digest, Set<String>> given = new HashMap<>();
    private final Map<Digest, Optional<Set<List<Map<String, String>>>>> known = new HashMap<>();

    /** Of one graph, and of those that are described in it. */
    Interpreter(Graphs graphs) {
        this.graphs = graphs;
    }

    /** What a source fetches for the {@code time}th time. */
    String fetch(SourceOp source, Vertex vertex, int time) {
        if (!source.scheme().equals(RANDOM)) {
            return fetched(source);
        }
        String bytes = source.pinned() + " fetch " + time;
        if (given.computeIfAbsent(vertex.recipe(), _ -> new HashSet<>()).add(bytes)) {
            known.clear();
        }
        return bytes;
    }

    /** The bytes that a name stands for: what follows its last slash, so that two names can stand for the same. */
    private static String fetched(SourceOp source) {
        return source.pinned().substring(source.pinned().lastIndexOf('/') + 1);
    }

    /** Whether these can be the output trees of a vertex. */
    boolean allows(Vertex vertex, List<Map<String, String>> outputs) {
        return possible(vertex).map(known -> known.contains(outputs)).orElse(true);
    }

    /** The output trees of a vertex, if it can have no others. */
    Optional<List<Map<String, String>>> only(Vertex vertex) {
        return possible(vertex)
                .filter(known -> known.size() == 1)
                .map(known -> known.iterator().next());
    }

    /** All output trees that a vertex can have; empty if they are too many to be told apart. */
    private Optional<Set<List<Map<String, String>>>> possible(Vertex vertex) {
        Optional<Set<List<Map<String, String>>>> before = known.get(vertex.recipe());
        if (before == null) {
            before = switch (vertex.op()) {
                case SourceOp source -> Optional.of(fetchable(vertex, source));
                case BuildOp build when build.nesting() == BuildOp.DEEPEST -> Optional.of(Set.of());
                case BuildOp build -> inputs(vertex).flatMap(choices -> built(build, choices));
                default ->
                    inputs(vertex)
                            .map(choices -> choices.stream()
                                    .map(inputs -> Meaning.of(vertex.op(), inputs, ""))
                                    .collect(Collectors.toSet()));
            };
            known.put(vertex.recipe(), before);
        }
        return before;
    }

    private Set<List<Map<String, String>>> fetchable(Vertex vertex, SourceOp source) {
        Set<String> bytes = source.scheme().equals(RANDOM)
                ? given.getOrDefault(vertex.recipe(), Set.of())
                : Set.of(fetched(source));
        return bytes.stream().map(each -> Meaning.of(source, List.of(), each)).collect(Collectors.toSet());
    }

    /** What comes of the definitions in trees. */
    private Optional<Set<List<Map<String, String>>>> built(BuildOp build, List<List<Map<String, String>>> choices) {
        var built = new HashSet<List<Map<String, String>>>();
        for (List<Map<String, String>> inputs : choices) {
            String text = Contents.read(inputs.getFirst(), build.definition());
            InputRef described = graphs.definition(text, build.nesting() + 1);
            Optional<Set<List<Map<String, String>>>> trees = possible(described.vertex());
            if (trees.isEmpty()) {
                return Optional.empty();
            }
            trees.get().forEach(outputs -> built.add(List.of(outputs.get(described.output()))));
        }
        return Optional.of(built);
    }

    /** Every way to choose one of the possible trees for each input. */
    private Optional<List<List<Map<String, String>>>> inputs(Vertex vertex) {
        List<List<Map<String, String>>> choices = List.of(List.of());
        for (InputRef input : vertex.inputs()) {
            Optional<Set<List<Map<String, String>>>> trees = possible(input.vertex());
            if (trees.isEmpty() || choices.size() * trees.get().size() > MANY) {
                return Optional.empty();
            }
            var longer = new ArrayList<List<Map<String, String>>>();
            for (List<Map<String, String>> choice : choices) {
                for (List<Map<String, String>> outputs : trees.get()) {
                    var next = new ArrayList<>(choice);
                    next.add(outputs.get(input.output()));
                    longer.add(next);
                }
            }
            choices = longer;
        }
        return Optional.of(choices);
    }
}
