package org.buildengine.solver.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.Vertex;

/** What runs have printed: pieces of one length, which say of which run they are and how many came before them. */
final class Printed {
    /** Bytes of a piece. */
    static final int LENGTH = 2 * Integer.BYTES;

    /** How many pieces each run has printed. */
    private final List<Integer> pieces = new ArrayList<>();

    private final Map<Digest, List<Integer>> runs = new HashMap<>();

    /** A run begins; its number. */
    int begins(Vertex vertex) {
        pieces.add(0);
        int run = pieces.size() - 1;
        runs.computeIfAbsent(vertex.demanded(), _ -> new ArrayList<>()).add(run);
        return run;
    }

    /** The next piece of a run. */
    byte[] next(int run) {
        int number = pieces.get(run);
        pieces.set(run, number + 1);
        return ByteBuffer.allocate(LENGTH).putInt(run).putInt(number).array();
    }

    /** How many pieces a run has printed. */
    int of(int run) {
        return pieces.get(run);
    }

    /** Whether some run of a vertex, if there was any, has printed so many pieces. */
    boolean isOf(Vertex vertex, int number) {
        List<Integer> known = runs.getOrDefault(vertex.demanded(), List.of());
        return known.isEmpty() ? number == 0 : known.stream().anyMatch(run -> of(run) == number);
    }

    /** The run that a piece is of. */
    static int run(byte[] piece) {
        return ByteBuffer.wrap(piece).getInt();
    }

    /** How many pieces came before it. */
    static int number(byte[] piece) {
        return ByteBuffer.wrap(piece).getInt(Integer.BYTES);
    }
}
