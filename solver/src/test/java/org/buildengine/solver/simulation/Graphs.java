package org.buildengine.solver.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/** Draws graphs in which different descriptions often mean the same: same bytes, same operation, same part of a tree. */
final class Graphs {
    /** Sources whose name begins so are named by their content. */
    static final String ADDRESSED = "addressed";

    private static final String FIXED = "fixed";

    /** So many definitions are different ones. */
    private static final int DEFINITIONS = 3;

    private static final List<String> PATHS = List.of("/", "/a", "/b", "/e", "/w");

    private final SplittableRandom random;
    private final boolean randomSources;

    /** Whether some of its steps may not use everybody's results. */
    private final boolean choosy;

    /** Whether some of its steps build definitions. */
    private final boolean building;

    /** In how many definitions this graph is. */
    private final int nesting;

    private final long definitions;
    private final List<Vertex> vertices = new ArrayList<>();

    /** What definitions build on: no build is among it, nor below it. */
    private final List<Vertex> shared = new ArrayList<>();

    Graphs(SplittableRandom random) {
        this.random = random;
        this.choosy = random.nextInt(3) == 0;
        this.randomSources = random.nextInt(choosy ? 2 : 4) == 0;
        this.building = random.nextBoolean();
        this.nesting = 0;
        this.definitions = random.nextLong();
    }

    /** A graph that a definition in an outer one describes. */
    private Graphs(Graphs outer, SplittableRandom random, int nesting) {
        this.random = random;
        this.choosy = outer.choosy;
        this.randomSources = outer.randomSources;
        this.building = outer.building;
        this.nesting = nesting;
        this.definitions = outer.definitions;
        vertices.addAll(outer.shared);
    }

    private static boolean builds(Vertex vertex) {
        return vertex.op() instanceof BuildOp || vertex.inputs().stream().anyMatch(input -> builds(input.vertex()));
    }

    /** Vertices of one graph, inputs before those that need them. */
    List<Vertex> draw() {
        int size = 2 + random.nextInt(random.nextInt(8) == 0 ? 16 : 6);
        while (vertices.size() < size) {
            vertices.add(vertices.size() < 2 || random.nextInt(4) == 0 ? source() : step());
            if (random.nextInt(3) == 0) {
                vertices.add(twin(vertices.getLast(), new HashMap<>()));
            }
        }
        vertices.stream().filter(vertex -> !builds(vertex)).forEach(shared::add);
        return vertices;
    }

    /** What a definition describes, by its text and but for the nesting of its builds. It may build itself. */
    InputRef definition(String text, int depth) {
        long which = Math.floorMod(text.hashCode(), DEFINITIONS);
        var described = new Graphs(this, new SplittableRandom(definitions + which), depth);
        for (int more = 1 + described.random.nextInt(3); more > 0; more--) {
            described.vertices.add(described.step());
        }
        Vertex last = described.vertices.getLast();
        return last.output(described.random.nextInt(last.op().outputs()));
    }

    /** Whether everybody's results will do for all of it, but for builds. */
    boolean settled() {
        return !choosy;
    }

    /** Which earlier results will do for the next step. */
    private Reuse reuse() {
        return switch (choosy ? random.nextInt(8) : 7) {
            case 0 -> Reuse.FRESH;
            case 1 -> Reuse.PER_SESSION;
            case 2 -> Reuse.within(Duration.ofMillis(1 + random.nextInt(40)));
            default -> Reuse.ANY;
        };
    }

    private Vertex source() {
        boolean addressed = random.nextBoolean();
        String scheme = randomSources && random.nextInt(3) == 0 ? Interpreter.RANDOM : FIXED;
        String name = (addressed ? ADDRESSED : "named") + random.nextInt(3) + "/" + random.nextInt(2);
        return new Vertex(new SourceOp(scheme, name, Map.of()), List.of(), reuse());
    }

    /** The same by another name: its sources have other names for the same bytes. */
    private Vertex twin(Vertex vertex, Map<Vertex, Vertex> twins) {
        Vertex known = twins.get(vertex);
        if (known != null) {
            return known;
        }
        Vertex twin;
        if (vertex.op() instanceof SourceOp source) {
            String other = source.pinned().replaceFirst("[0-9]/", random.nextInt(3) + "/");
            twin = source.scheme().equals(FIXED)
                    ? new Vertex(new SourceOp(FIXED, other, Map.of()), List.of(), vertex.reuse())
                    : vertex;
        } else {
            twin = new Vertex(
                    vertex.op(),
                    vertex.inputs().stream()
                            .map(input -> twin(input.vertex(), twins).output(input.output()))
                            .toList(),
                    random.nextInt(4) == 0 && !(vertex.op() instanceof BuildOp) ? reuse() : vertex.reuse());
        }
        twins.put(vertex, twin);
        return twin;
    }

    private Vertex step() {
        if (building && random.nextInt(5) == 0) {
            return new BuildOp(random.nextInt(3) == 0 ? "/b" : "/a", nesting).over(any());
        }
        var inputs = new ArrayList<InputRef>();
        inputs.add(any());
        Op op = switch (random.nextInt(5)) {
            case 0 -> {
                for (int more = random.nextInt(3); more > 0; more--) {
                    inputs.add(any());
                }
                yield new MergeOp();
            }
            case 1 -> files(inputs);
            default -> execution(inputs);
        };
        return new Vertex(op, inputs, reuse());
    }

    private InputRef any() {
        Vertex vertex = vertices.get(random.nextInt(vertices.size()));
        return vertex.output(random.nextInt(vertex.op().outputs()));
    }

    private String path() {
        return PATHS.get(random.nextInt(PATHS.size()));
    }

    private FileOp files(List<InputRef> inputs) {
        var actions = new ArrayList<FileAction>();
        for (int more = 1 + random.nextInt(2); more > 0; more--) {
            inputs.add(any());
            actions.add(new FileAction.Copy(
                    inputs.size() - 1,
                    path(),
                    "c" + random.nextInt(2),
                    List.of(),
                    List.of(),
                    false,
                    Optional.empty(),
                    OptionalInt.empty(),
                    FileAction.Copy.Kind.FILE));
        }
        return new FileOp(actions);
    }

    private ExecOp execution(List<InputRef> inputs) {
        var mounts = new ArrayList<ExecMount>();
        int outputs = 1;
        for (int more = random.nextInt(3); more > 0; more--) {
            inputs.add(any());
            boolean writable = random.nextInt(3) == 0;
            mounts.add(new ExecMount.Tree(
                    "/m" + more, inputs.size() - 1, path(), writable ? Optional.of(outputs++) : Optional.empty()));
        }
        for (int volume = 0; volume < 3; volume++) {
            if (random.nextInt(6) == 0) {
                mounts.add(
                        new ExecMount.Cache("/v" + volume, Digest.of("volume " + volume), true, Optional.empty(), ""));
            }
        }
        return ExecOps.of(List.of("run", String.valueOf(random.nextInt(2))), List.of(), mounts);
    }
}
