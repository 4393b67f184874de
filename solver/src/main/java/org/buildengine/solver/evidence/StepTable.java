package org.buildengine.solver.evidence;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/** The steps that are known, and what leads to them. As safe for several threads as the rows. */
final class StepTable {
    /** So many steps are kept of each operation, and of each set of inputs: the latest. */
    static final int MOST_TIED = 16;

    private final BuildRows rows;

    /** What a step has in common with another. Codes are part of the format on disk. */
    enum Tie {
        /** Operation and identities of inputs. */
        PRODUCER,
        /** Operation; see {@link OpFields#lineage}. */
        OPERATION,
        /** Kind of operation, and inputs. */
        INPUTS,
        /** Number of a result, which leads to who made it. */
        RESULT,
        /** Number of a result, which leads to the first bytes of the producer key that it was made under. */
        KEY
    }

    StepTable(BuildRows rows) {
        this.rows = rows;
    }

    boolean has(Digest recipe) throws IOException {
        return rows.get(Kind.STEP, recipe.toBytes()).isPresent();
    }

    Optional<StepRecord> find(Digest recipe) throws IOException {
        Optional<byte[]> row = rows.get(Kind.STEP, recipe.toBytes());
        return row.isEmpty() ? Optional.empty() : Optional.of(StepRecord.decode(recipe, row.get()));
    }

    /** The latest steps with this tie, the latest first; of a producer key, one at most. */
    List<StepRecord> latest(Tie tie, Digest key) throws IOException {
        var found = new ArrayList<StepRecord>();
        for (Digest recipe : tied(tie, key)) {
            find(recipe).ifPresent(found::add);
        }
        return found;
    }

    /** The recipes of the latest steps with this tie, the latest first; some may not be known any more. */
    List<Digest> tied(Tie tie, Digest key) throws IOException {
        return rows.get(Kind.LINEAGE, key(tie, key)).map(StepTable::decode).orElse(List.of());
    }

    static byte[] encode(List<Digest> recipes) {
        var row = ByteBuffer.allocate(recipes.size() * Digest.LENGTH);
        recipes.forEach(recipe -> row.put(recipe.toBytes()));
        return row.array();
    }

    /** The recipes that a row of lineage leads to; rows of earlier versions have one. */
    static List<Digest> decode(byte[] row) {
        var recipes = new ArrayList<Digest>();
        for (int from = 0; from < row.length; from += Digest.LENGTH) {
            recipes.add(Digest.ofRaw(Arrays.copyOfRange(row, from, from + Digest.LENGTH)));
        }
        return recipes;
    }

    /** Who made a result. */
    Optional<Maker> maker(long result) throws IOException {
        return rows.get(Kind.LINEAGE, resultKey(Tie.RESULT, result)).map(Maker::decode);
    }

    /** The first bytes of the producer key that a result was made under. */
    Optional<byte[]> keyOf(long result) throws IOException {
        return rows.get(Kind.LINEAGE, resultKey(Tie.KEY, result));
    }

    /** Whether two results are known to have been made under one key. */
    boolean sameKey(long one, long other) throws IOException {
        Optional<byte[]> key = keyOf(one);
        Optional<byte[]> second = keyOf(other);
        return key.isPresent() && second.isPresent() && Arrays.equals(key.get(), second.get());
    }

    static Change put(StepRecord step) {
        return Change.put(Kind.STEP, step.recipe().toBytes(), step.encode());
    }

    static Change madeBy(long result, Maker maker) {
        return Change.put(Kind.LINEAGE, resultKey(Tie.RESULT, result), maker.encode());
    }

    static Change madeUnder(long result, Digest producer) {
        return Change.put(Kind.LINEAGE, resultKey(Tie.KEY, result), first(producer));
    }

    /** As much of a key as {@link #keyOf} has. */
    static byte[] first(Digest key) {
        return Arrays.copyOf(key.toBytes(), Long.BYTES);
    }

    static Digest inputs(String kind, List<Digest> recipes) {
        var encoder = new KeyEncoder().text(kind).list(recipes.size());
        recipes.forEach(encoder::digest);
        return encoder.finish();
    }

    /** The number of the result that a row of lineage is about. */
    static Optional<Long> resultOf(byte[] key) {
        return key[0] == Codes.of(Tie.RESULT) || key[0] == Codes.of(Tie.KEY)
                ? Optional.of(ByteBuffer.wrap(key, 1, Long.BYTES).getLong())
                : Optional.empty();
    }

    private static byte[] resultKey(Tie tie, long result) {
        return key(tie, ByteBuffer.allocate(Long.BYTES).putLong(result).array());
    }

    static byte[] key(Tie tie, Digest rest) {
        return key(tie, rest.toBytes());
    }

    private static byte[] key(Tie tie, byte[] rest) {
        var key = new ByteArrayOutputStream(1 + rest.length);
        key.write(Codes.of(tie));
        key.writeBytes(rest);
        return key.toByteArray();
    }
}
