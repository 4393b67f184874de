package org.buildengine.solver.evidence;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Op;

/** The steps that are known, and what leads to them. As safe for several threads as the rows. */
final class StepTable {
    private final BuildRows rows;

    /** What a step has in common with another. Codes are part of the format on disk. */
    enum Tie {
        /** Operation and identities of inputs. */
        PRODUCER,
        /** Operation; see {@link OpFields#lineage}. */
        OPERATION,
        /** Kind of operation, and inputs. */
        INPUTS,
        /** Number of a result, which leads to the build that made it. */
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

    /** The latest step with this tie. */
    Optional<StepRecord> latest(Tie tie, Digest key) throws IOException {
        Optional<byte[]> recipe = rows.get(Kind.LINEAGE, key(tie, key.toBytes()));
        return recipe.isEmpty() ? Optional.empty() : find(Digest.ofRaw(recipe.get()));
    }

    /** The build that made a result. */
    Optional<String> maker(long result) throws IOException {
        return rows.get(Kind.LINEAGE, resultKey(Tie.RESULT, result))
                .map(build -> new String(build, StandardCharsets.UTF_8));
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

    /** Adds the rows of a step that can be found by what it is. */
    static void add(StepRecord step, Op op, List<Change> changes) {
        changes.add(put(step));
        changes.add(tie(Tie.OPERATION, OpFields.lineage(op), step));
        if (!step.inputs().isEmpty()) {
            List<Digest> recipes =
                    step.inputs().stream().map(StepRecord.Input::recipe).toList();
            changes.add(tie(Tie.INPUTS, inputs(step.kind(), recipes), step));
        }
    }

    static Change put(StepRecord step) {
        return Change.put(Kind.STEP, step.recipe().toBytes(), step.encode());
    }

    static Change tie(Tie tie, Digest key, StepRecord step) {
        return Change.put(Kind.LINEAGE, key(tie, key.toBytes()), step.recipe().toBytes());
    }

    static Change madeBy(long result, String build) {
        return Change.put(Kind.LINEAGE, resultKey(Tie.RESULT, result), build.getBytes(StandardCharsets.UTF_8));
    }

    static Change madeUnder(long result, Digest producer) {
        byte[] first = Arrays.copyOf(producer.toBytes(), Long.BYTES);
        return Change.put(Kind.LINEAGE, resultKey(Tie.KEY, result), first);
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

    private static byte[] key(Tie tie, byte[] rest) {
        var key = new ByteArrayOutputStream(1 + rest.length);
        key.write(Codes.of(tie));
        key.writeBytes(rest);
        return key.toByteArray();
    }
}
