package org.buildengine.solver.evidence;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reasons as bytes on disk: a code, and what a reason of its kind holds. A step of the same build is kept by its number, without its
 * name. New kinds get the next code.
 */
final class ReasonCodes {
    private ReasonCodes() {}

    static void write(Reason reason, DataOutputStream out) throws IOException {
        switch (reason) {
            case Reason.NeverSeen _ -> out.writeByte(0);
            case Reason.InputChanged change -> {
                out.writeByte(1);
                out.writeUTF(change.input());
                write(change.extent(), change.files(), change.more(), out);
            }
            case Reason.UpstreamChanged change -> {
                out.writeByte(2);
                out.writeInt(change.step());
                out.writeUTF(nameBeside(change));
                write(change.extent(), change.files(), change.more(), out);
            }
            case Reason.OperationChanged change -> {
                out.writeByte(3);
                Codes.write(change.group(), out);
                out.writeUTF(change.name());
                out.writeUTF(change.before());
                out.writeUTF(change.after());
            }
            case Reason.Evicted evicted -> {
                out.writeByte(4);
                out.writeLong(evicted.at().getEpochSecond());
                out.writeUTF(evicted.policy());
                out.writeLong(evicted.bytes());
            }
            case Reason.Lost _ -> out.writeByte(5);
            case Reason.Unfinished unfinished -> {
                out.writeByte(6);
                Codes.write(unfinished.outcome(), out);
                out.writeUTF(unfinished.build());
                Codes.write(unfinished.cause().orElse(Cancellation.UNKNOWN), out);
            }
            case Reason.Expired expired -> {
                out.writeByte(7);
                out.writeLong(expired.made().getEpochSecond());
                out.writeLong(expired.age().toMillis());
            }
            case Reason.Forbidden forbidden -> {
                out.writeByte(8);
                Codes.write(forbidden.policy(), out);
            }
            case Reason.NonDeterministic change -> {
                out.writeByte(9);
                out.writeInt(change.step());
                out.writeUTF(nameBeside(change));
                write(change.extent(), change.files(), change.more(), out);
            }
            case Reason.Unexplained _ -> out.writeByte(10);
            case Reason.PolicyChanged change -> {
                out.writeByte(11);
                out.writeInt(change.step());
                out.writeUTF(nameBeside(change));
                out.writeUTF(change.before());
                out.writeUTF(change.after());
                Codes.write(change.extent(), out);
            }
            case Reason.OrderChanged change -> {
                out.writeByte(12);
                Codes.write(change.how(), out);
                out.writeInt(change.step());
                out.writeUTF(change.name());
                out.writeUTF(change.build());
            }
        }
    }

    private static String nameBeside(Reason.Upstream change) {
        return change.step() == 0 ? change.name() : "";
    }

    /** Reads one; {@code withCauses} of a row that says why steps were cancelled the last time. */
    static Reason read(DataInputStream in, boolean withCauses) throws IOException {
        byte code = in.readByte();
        return switch (code) {
            case 0 -> new Reason.NeverSeen();
            case 1 -> new Reason.InputChanged(in.readUTF(), extent(in), files(in), in.readInt());
            case 2 -> new Reason.UpstreamChanged(in.readInt(), in.readUTF(), extent(in), files(in), in.readInt());
            case 3 ->
                new Reason.OperationChanged(
                        Codes.read(Field.Group.values(), in), in.readUTF(), in.readUTF(), in.readUTF());
            case 4 -> new Reason.Evicted(Instant.ofEpochSecond(in.readLong()), in.readUTF(), in.readLong());
            case 5 -> new Reason.Lost();
            case 6 ->
                new Reason.Unfinished(Codes.read(Outcome.values(), in), in.readUTF(), earlierCause(in, withCauses));
            case 7 -> new Reason.Expired(Instant.ofEpochSecond(in.readLong()), Duration.ofMillis(in.readLong()));
            case 8 -> new Reason.Forbidden(Codes.read(Reason.Policy.values(), in));
            case 9 -> new Reason.NonDeterministic(in.readInt(), in.readUTF(), extent(in), files(in), in.readInt());
            case 10 -> new Reason.Unexplained();
            case 11 -> new Reason.PolicyChanged(in.readInt(), in.readUTF(), in.readUTF(), in.readUTF(), extent(in));
            case 12 ->
                new Reason.OrderChanged(
                        Codes.read(Reason.Shift.values(), in), in.readInt(), in.readUTF(), in.readUTF());
            default -> throw new IOException("a reason has code " + code);
        };
    }

    private static Optional<Cancellation> earlierCause(DataInputStream in, boolean withCauses) throws IOException {
        Cancellation cause = withCauses ? Codes.read(Cancellation.values(), in) : Cancellation.UNKNOWN;
        return cause == Cancellation.UNKNOWN ? Optional.empty() : Optional.of(cause);
    }

    private static void write(Reason.Extent extent, List<FileChange> files, int more, DataOutputStream out)
            throws IOException {
        Codes.write(extent, out);
        out.writeByte(files.size());
        for (FileChange file : files) {
            out.writeUTF(file.path());
            out.writeUTF(file.before());
            out.writeUTF(file.after());
        }
        out.writeInt(more);
    }

    private static Reason.Extent extent(DataInputStream in) throws IOException {
        return Codes.read(Reason.Extent.values(), in);
    }

    private static List<FileChange> files(DataInputStream in) throws IOException {
        var files = new ArrayList<FileChange>();
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            files.add(new FileChange(in.readUTF(), in.readUTF(), in.readUTF()));
        }
        return files;
    }
}
