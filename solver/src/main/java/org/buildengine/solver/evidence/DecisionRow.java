package org.buildengine.solver.evidence;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.Reuse;

/**
 * A row of what was decided about steps of a build, and of how they ended. A reason that names another step of the build by its number
 * is read without the name.
 */
record DecisionRow(List<Decided> decided, List<Ended> ended) {
    private static final byte VERSION = 5;

    /** Of rows that do not say under which policies steps were asked for, and count up to 65535 only. */
    private static final byte WITHOUT_POLICIES = 3;

    /** Of rows that do not say why steps were cancelled the last time. */
    private static final byte WITHOUT_EARLIER_CAUSES = 2;

    /** Of rows that do not say why steps were cancelled at all. */
    private static final byte WITHOUT_CAUSES = 1;

    /** The lower bits of the byte that a decision begins with say which one it is, the others are about the policy. */
    private static final int DECISION_BITS = 4;

    /** The one of the lower bits that says that a run follows. Rows of versions before 5 do not have it. */
    private static final int WITH_RUN = 4;

    /**
     * What was decided about one step.
     *
     * @param policy under which it was asked for; empty if that is not known
     * @param run that its result is of, if that is known
     */
    record Decided(int number, Digest recipe, Decision decision, Optional<Reuse> policy, Optional<RunNumber> run) {}

    /**
     * How a step ended that ran; {@link Outcome#UNKNOWN} if that is not so any more, because the build asked for it again.
     *
     * @param cause why it was cancelled, or left, if it was
     * @param successor the build that it went on for, if it was left; else empty
     */
    record Ended(int number, Outcome outcome, Duration took, Optional<Cancellation> cause, String successor) {
        /** The end of a step that nobody went on with. */
        Ended(int number, Outcome outcome, Duration took, Optional<Cancellation> cause) {
            this(number, outcome, took, cause, "");
        }
    }

    /** Of the rows of a build, which are counted from 0. */
    static byte[] key(long build, int row) {
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .putLong(build)
                .putInt(row)
                .array();
    }

    byte[] encode() {
        var bytes = new ByteArrayOutputStream(128);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(decided.size());
            for (Decided each : decided) {
                out.writeInt(each.number());
                out.write(each.recipe().toBytes());
                write(each, out);
            }
            out.writeInt(ended.size());
            for (Ended each : ended) {
                out.writeInt(each.number());
                Codes.write(each.outcome(), out);
                out.writeLong(each.took().toNanos());
                if (each.outcome() == Outcome.CANCELLED || each.outcome() == Outcome.LEFT) {
                    Codes.write(each.cause().orElse(Cancellation.UNKNOWN), out);
                }
                if (each.outcome() == Outcome.LEFT) {
                    out.writeUTF(each.successor());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    static DecisionRow decode(byte[] row) throws IOException {
        try (var in = new DataInputStream(new ByteArrayInputStream(row))) {
            byte version = in.readByte();
            if (version < WITHOUT_CAUSES || version > VERSION) {
                throw new IOException("what was decided about a step has version " + version);
            }
            var decided = new ArrayList<Decided>();
            for (int left = in.readInt(); left > 0; left--) {
                decided.add(decided(in, version));
            }
            var ended = new ArrayList<Ended>();
            for (int left = in.readInt(); left > 0; left--) {
                ended.add(ended(in, version));
            }
            return new DecisionRow(decided, ended);
        }
    }

    private static Ended ended(DataInputStream in, byte version) throws IOException {
        int number = in.readInt();
        Outcome outcome = Codes.read(Outcome.values(), in);
        Duration took = Duration.ofNanos(in.readLong());
        if (outcome == Outcome.LEFT) {
            return new Ended(number, outcome, took, Optional.of(Codes.read(Cancellation.values(), in)), in.readUTF());
        }
        if (outcome != Outcome.CANCELLED) {
            return new Ended(number, outcome, took, Optional.empty());
        }
        Cancellation cause = version == WITHOUT_CAUSES ? Cancellation.UNKNOWN : Codes.read(Cancellation.values(), in);
        return new Ended(number, outcome, took, Optional.of(cause));
    }

    private static void write(Decided decided, DataOutputStream out) throws IOException {
        int kind = switch (decided.decision()) {
            case Decision.Remembered _ -> 0;
            case Decision.Joined _ -> 1;
            case Decision.Ran _ -> 2;
        };
        int run = decided.run().isPresent() ? WITH_RUN : 0;
        out.writeByte(kind | run | (PolicyCodes.of(decided.policy()) << DECISION_BITS));
        PolicyCodes.writeAge(decided.policy(), out);
        if (decided.run().isPresent()) {
            out.write(decided.run().get().toBytes());
        }
        write(decided.decision(), out);
    }

    private static Decided decided(DataInputStream in, byte version) throws IOException {
        int number = in.readInt();
        Digest recipe = Digest.ofRaw(in.readNBytes(Digest.LENGTH));
        int code = in.readUnsignedByte();
        Optional<Reuse> policy =
                version <= WITHOUT_POLICIES ? Optional.empty() : PolicyCodes.read(code >>> DECISION_BITS, in);
        Optional<RunNumber> run =
                (code & WITH_RUN) == 0 ? Optional.empty() : Optional.of(RunNumber.of(in.readNBytes(RunNumber.LENGTH)));
        return new Decided(number, recipe, decision(code & (WITH_RUN - 1), in, version), policy, run);
    }

    private static void write(Decision decision, DataOutputStream out) throws IOException {
        switch (decision) {
            case Decision.Remembered(Lookup how, String build, Instant made) -> {
                Codes.write(how, out);
                out.writeUTF(build);
                out.writeLong(made.getEpochSecond());
            }
            case Decision.Joined(String build) -> {
                out.writeUTF(build);
            }
            case Decision.Ran(List<Reason> reasons, String build, Instant seen) -> {
                out.writeUTF(build);
                out.writeLong(seen.getEpochSecond());
                Codes.writeCount(reasons.size(), out);
                for (Reason reason : reasons) {
                    ReasonCodes.write(reason, out);
                }
            }
        }
    }

    private static Decision decision(int kind, DataInputStream in, byte version) throws IOException {
        return switch (kind) {
            case 0 ->
                new Decision.Remembered(
                        Codes.read(Lookup.values(), in), in.readUTF(), Instant.ofEpochSecond(in.readLong()));
            case 1 -> new Decision.Joined(in.readUTF());
            default -> {
                String build = in.readUTF();
                Instant seen = Instant.ofEpochSecond(in.readLong());
                var reasons = new ArrayList<Reason>();
                int many = version <= WITHOUT_POLICIES ? in.readUnsignedShort() : Codes.readCount(in);
                for (int left = many; left > 0; left--) {
                    reasons.add(ReasonCodes.read(in, version > WITHOUT_EARLIER_CAUSES));
                }
                yield new Decision.Ran(reasons, build, seen);
            }
        };
    }
}
