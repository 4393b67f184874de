package org.buildengine.solver.evidence;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Excerpt;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.TreeMounts;
import org.buildengine.solver.op.Vertex;

/**
 * What a step is, and how it went last. Kept under its recipe key, once for all builds.
 *
 * @param kind see {@link OpFields#kind}
 * @param name for people, abbreviated
 * @param mounts where it sees its inputs, if it is a command; none in rows of earlier versions
 * @param result number of its result; 0 if it has none
 * @param build in which it was asked for last
 * @param seen when that was
 * @param outcome how it ended; for a remembered result, success
 * @param cause why it was cancelled, if it was
 * @param files that it brings from outside, if that is known
 */
record StepRecord(
        Digest recipe,
        String kind,
        String name,
        List<Field> fields,
        List<Input> inputs,
        TreeMounts mounts,
        long result,
        String build,
        Instant seen,
        Outcome outcome,
        Optional<Cancellation> cause,
        Optional<TreeSketch> files) {
    private static final byte VERSION = 5;

    /** Of rows that do not say where commands see their inputs. */
    private static final byte WITHOUT_MOUNTS = 4;

    /** Of rows that are not compressed, and have prints of values that are shown whole. */
    private static final byte UNCOMPRESSED = 3;

    /** Of rows without sketches of files and marks of long texts, which count up to 65535 only. */
    private static final byte WITHOUT_FILES = 2;

    /** Of rows that do not say why steps were cancelled. */
    private static final byte WITHOUT_CAUSES = 1;

    private static final int LONGEST_NAME = 160;

    /**
     * One input.
     *
     * @param identity of the result that was worked on; empty if the step was remembered without looking at it
     * @param result number of that result; 0 if it is not known
     */
    record Input(Digest recipe, int output, Optional<Digest> identity, long result) {}

    StepRecord {
        fields = List.copyOf(fields);
        inputs = List.copyOf(inputs);
    }

    /** A step that was asked for, of which no results are known. */
    static StepRecord of(Vertex vertex, String build, Instant now) {
        return new StepRecord(
                vertex.recipe(),
                OpFields.kind(vertex.op()),
                abbreviated(vertex.op().describe()),
                OpFields.of(vertex.op()),
                vertex.inputs().stream()
                        .map(input -> new Input(input.vertex().recipe(), input.output(), Optional.empty(), 0))
                        .toList(),
                TreeMounts.of(vertex.op()),
                0,
                build,
                now,
                Outcome.UNKNOWN,
                Optional.empty(),
                Optional.empty());
    }

    /** The same, which brings these files. */
    StepRecord bringing(Optional<TreeSketch> sketch) {
        return new StepRecord(recipe, kind, name, fields, inputs, mounts, result, build, seen, outcome, cause, sketch);
    }

    /** The same, about to run on these inputs. */
    StepRecord on(List<StoredResult> results) {
        var known = new ArrayList<Input>();
        for (int i = 0; i < inputs.size(); i++) {
            Input input = inputs.get(i);
            StoredResult result = results.get(i);
            known.add(new Input(input.recipe(), input.output(), Optional.of(result.identity()), result.id()));
        }
        return new StepRecord(
                recipe, kind, name, fields, known, mounts, 0, build, seen, Outcome.UNKNOWN, Optional.empty(), files);
    }

    /** The same, after it was asked for again, and succeeded. */
    StepRecord succeeded(long number, String last, Instant now) {
        return new StepRecord(
                recipe,
                kind,
                name,
                fields,
                inputs,
                mounts,
                number,
                last,
                now,
                Outcome.SUCCEEDED,
                Optional.empty(),
                files);
    }

    /** The same, after it was asked for again, and did not succeed. */
    StepRecord unfinished(Outcome how, Optional<Cancellation> why, String last, Instant now) {
        return new StepRecord(recipe, kind, name, fields, inputs, mounts, 0, last, now, how, why, files);
    }

    /** The same, which still runs, now for another build. */
    StepRecord goingOn(String successor) {
        return new StepRecord(
                recipe,
                kind,
                name,
                fields,
                inputs,
                mounts,
                result,
                successor,
                seen,
                Outcome.UNKNOWN,
                Optional.empty(),
                files);
    }

    /** Whether the operation is the same as that of another step, wherever it is done. */
    boolean doesSame(StepRecord other) {
        if (!kind.equals(other.kind) || fields.size() != other.fields.size()) {
            return false;
        }
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            if (!field.name().equals(other.fields.get(i).name()) || !field.hasValueOf(other.fields.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** As much of a name as is kept. */
    static String abbreviated(String text) {
        return Excerpt.abbreviated(text, LONGEST_NAME);
    }

    /** The recipe of the same operation over other inputs. */
    static Digest recipeOver(Vertex vertex, List<Digest> inputs) {
        var encoder = new org.buildengine.solver.op.KeyEncoder().text("recipe").list(inputs.size());
        List<InputRef> refs = vertex.inputs();
        for (int i = 0; i < inputs.size(); i++) {
            encoder.digest(inputs.get(i)).number(refs.get(i).output());
        }
        vertex.op().encode(encoder);
        return encoder.finish();
    }

    byte[] encode() {
        var bytes = new ByteArrayOutputStream(512);
        try (var out = new DataOutputStream(bytes)) {
            out.writeUTF(kind);
            out.writeUTF(name);
            Codes.writeCount(fields.size(), out);
            for (Field field : fields) {
                Codes.write(field.group(), out);
                out.writeUTF(field.name());
                out.writeUTF(field.shown());
                if (!Field.isWhole(field.shown())) {
                    out.writeLong(field.print());
                }
                if (field.seemsAbbreviated()) {
                    TextMarks.write(field.marks(), out);
                }
            }
            Codes.writeCount(inputs.size(), out);
            for (Input input : inputs) {
                out.write(input.recipe().toBytes());
                Codes.writeCount(input.output(), out);
                out.writeBoolean(input.identity().isPresent());
                if (input.identity().isPresent()) {
                    out.write(input.identity().get().toBytes());
                }
                out.writeLong(input.result());
            }
            out.writeLong(result);
            out.writeUTF(build);
            out.writeLong(seen.getEpochSecond());
            Codes.write(outcome, out);
            if (outcome == Outcome.CANCELLED) {
                Codes.write(cause.orElse(Cancellation.UNKNOWN), out);
            }
            if (kind.equals(OpFields.TREE)) {
                TreeSketch.write(files, out);
            }
            if (kind.equals(OpFields.COMMAND)) {
                MountCodes.write(mounts, out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return CompressedRow.of(VERSION, bytes.toByteArray());
    }

    static StepRecord decode(Digest recipe, byte[] row) throws IOException {
        byte version = row.length == 0 ? 0 : row[0];
        if (version < WITHOUT_CAUSES || version > VERSION) {
            throw new IOException("what is known of a step has version " + version);
        }
        byte[] content = version > UNCOMPRESSED ? CompressedRow.read(row) : Arrays.copyOfRange(row, 1, row.length);
        try (var in = new DataInputStream(new ByteArrayInputStream(content))) {
            String kind = in.readUTF();
            String name = in.readUTF();
            var fields = new ArrayList<Field>();
            for (int left = count(in, version); left > 0; left--) {
                fields.add(field(in, version));
            }
            var inputs = new ArrayList<Input>();
            for (int left = count(in, version); left > 0; left--) {
                Digest input = Digest.ofRaw(in.readNBytes(Digest.LENGTH));
                int output = count(in, version);
                Optional<Digest> identity =
                        in.readBoolean() ? Optional.of(Digest.ofRaw(in.readNBytes(Digest.LENGTH))) : Optional.empty();
                inputs.add(new Input(input, output, identity, in.readLong()));
            }
            long result = in.readLong();
            String build = in.readUTF();
            Instant seen = Instant.ofEpochSecond(in.readLong());
            Outcome outcome = Codes.read(Outcome.values(), in);
            Optional<Cancellation> cause = outcome == Outcome.CANCELLED && version > WITHOUT_CAUSES
                    ? Optional.of(Codes.read(Cancellation.values(), in))
                    : Optional.empty();
            Optional<TreeSketch> files =
                    kind.equals(OpFields.TREE) && version > WITHOUT_FILES ? TreeSketch.read(in) : Optional.empty();
            TreeMounts mounts =
                    kind.equals(OpFields.COMMAND) && version > WITHOUT_MOUNTS ? MountCodes.read(in) : TreeMounts.NONE;
            return new StepRecord(
                    recipe, kind, name, fields, inputs, mounts, result, build, seen, outcome, cause, files);
        }
    }

    private static Field field(DataInputStream in, byte version) throws IOException {
        Field.Group group = Codes.read(Field.Group.values(), in);
        String name = in.readUTF();
        String shown = in.readUTF();
        boolean whole = Field.isWhole(shown);
        long print = whole && version > UNCOMPRESSED ? 0 : in.readLong();
        var field = new Field(group, name, shown, whole ? 0 : print, Optional.empty());
        return version > WITHOUT_FILES && field.seemsAbbreviated() ? field.with(TextMarks.read(in)) : field;
    }

    private static int count(DataInputStream in, byte version) throws IOException {
        return version <= WITHOUT_FILES ? in.readUnsignedShort() : Codes.readCount(in);
    }
}
