package org.buildengine.solver.evidence;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Who made a result.
 *
 * @param build the build that its run was for, the last one if it was left; empty if that is not known
 * @param run that it was made by, if that is known
 */
record Maker(String build, Optional<RunNumber> run) {
    static final Maker UNKNOWN = new Maker("", Optional.empty());

    /** What a row begins with that has a run; one without, as all of earlier versions are, is no more than the id of the build. */
    private static final byte WITH_RUN = 1;

    byte[] encode() {
        byte[] id = build.getBytes(UTF_8);
        return run.map(number -> ByteBuffer.allocate(1 + RunNumber.LENGTH + id.length)
                        .put(WITH_RUN)
                        .put(number.toBytes())
                        .put(id)
                        .array())
                .orElse(id);
    }

    static Maker decode(byte[] row) {
        if (row.length == 0 || row[0] != WITH_RUN) {
            return new Maker(new String(row, UTF_8), Optional.empty());
        }
        int id = 1 + RunNumber.LENGTH;
        return new Maker(
                new String(row, id, row.length - id, UTF_8), Optional.of(RunNumber.of(Arrays.copyOfRange(row, 1, id))));
    }
}
