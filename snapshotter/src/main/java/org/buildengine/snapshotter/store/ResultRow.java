package org.buildengine.snapshotter.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;

/**
 * A result as bytes. Big-endian: version (1), identity (32), created (8 + 4), cost in nanoseconds (8), outputs (2, each
 * layers (2), each length (1) and id), facts (2, each two lengths (4) with UTF-8), blobs (4, each 32), type of the record (1),
 * description (length (4) with UTF-8). The last two are missing in version 1.
 */
final class ResultRow {
    private static final byte VERSION = 2;
    private static final byte VERSION_WITHOUT_ORIGIN = 1;
    private static final int MOST_FACT_BYTES = 64 * 1024;

    private ResultRow() {}

    static byte[] encode(StoredResult result) {
        var bytes = new ByteArrayOutputStream(256);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.write(result.identity().toBytes());
            out.writeLong(result.created().getEpochSecond());
            out.writeInt(result.created().get(ChronoField.NANO_OF_SECOND));
            out.writeLong(result.cost().toNanos());
            writeCount(out, result.outputs().size(), "outputs");
            for (Snapshot output : result.outputs()) {
                writeCount(out, output.layers().size(), "layers");
                for (LayerId layer : output.layers()) {
                    byte[] id = layer.value().getBytes(StandardCharsets.US_ASCII);
                    out.writeByte(id.length);
                    out.write(id);
                }
            }
            writeFacts(out, result.facts());
            out.writeInt(result.blobs().size());
            for (Digest blob : result.blobs()) {
                out.write(blob.toBytes());
            }
            out.writeByte(result.origin().type().code());
            writeText(out, result.origin().description());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void writeCount(DataOutputStream out, int count, String what) throws IOException {
        if (count > 0xffff) {
            throw new IllegalArgumentException("a result cannot have " + count + " " + what);
        }
        out.writeShort(count);
    }

    private static void writeFacts(DataOutputStream out, Map<String, String> facts) throws IOException {
        writeCount(out, facts.size(), "facts");
        int total = 0;
        for (var fact : facts.entrySet()) {
            byte[] name = fact.getKey().getBytes(StandardCharsets.UTF_8);
            byte[] value = fact.getValue().getBytes(StandardCharsets.UTF_8);
            total += name.length + value.length;
            if (total > MOST_FACT_BYTES) {
                throw new IllegalArgumentException("the facts of a result are larger than " + MOST_FACT_BYTES
                        + " bytes at \"" + fact.getKey() + "\"; a long text belongs into a blob");
            }
            out.writeInt(name.length);
            out.write(name);
            out.writeInt(value.length);
            out.write(value);
        }
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    /**
     * Reads a row.
     *
     * @param layers gives the layer of this name, if it is here
     * @param blobs whether a blob is here
     * @return the result, or empty if something that it needs is not here
     * @throws IOException if the row cannot be understood
     */
    static Optional<StoredResult> decode(
            long id, byte[] row, Function<String, Optional<LayerId>> layers, Predicate<Digest> blobs)
            throws IOException {
        try (var in = new DataInputStream(new ByteArrayInputStream(row))) {
            byte version = in.readByte();
            if (version != VERSION && version != VERSION_WITHOUT_ORIGIN) {
                throw new IOException("result " + id + " has row version " + version);
            }
            Digest identity = Digest.ofRaw(in.readNBytes(Digest.LENGTH));
            Instant created = Instant.ofEpochSecond(in.readLong(), in.readInt());
            Duration cost = Duration.ofNanos(in.readLong());
            var outputs = new ArrayList<Snapshot>();
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                Optional<Snapshot> output = readSnapshot(in, layers);
                if (output.isEmpty()) {
                    return Optional.empty();
                }
                outputs.add(output.get());
            }
            Map<String, String> facts = readFacts(in);
            Set<Digest> needed = new HashSet<>();
            for (int left = in.readInt(); left > 0; left--) {
                Digest blob = Digest.ofRaw(in.readNBytes(Digest.LENGTH));
                if (!blobs.test(blob)) {
                    return Optional.empty();
                }
                needed.add(blob);
            }
            Origin origin = version == VERSION ? readOrigin(in) : Origin.UNKNOWN;
            return Optional.of(new StoredResult(id, identity, outputs, facts, needed, created, cost, origin));
        } catch (IllegalArgumentException e) {
            throw new IOException("result " + id + " cannot be read", e);
        }
    }

    private static Optional<Snapshot> readSnapshot(DataInputStream in, Function<String, Optional<LayerId>> layers)
            throws IOException {
        int count = in.readUnsignedShort();
        List<LayerId> found = new ArrayList<>(count);
        boolean complete = true;
        for (int i = 0; i < count; i++) {
            byte[] name = in.readNBytes(in.readUnsignedByte());
            Optional<LayerId> layer = layers.apply(new String(name, StandardCharsets.US_ASCII));
            layer.ifPresent(found::add);
            complete &= layer.isPresent();
        }
        return complete ? Optional.of(new Snapshot(found)) : Optional.empty();
    }

    private static Map<String, String> readFacts(DataInputStream in) throws IOException {
        var facts = new HashMap<String, String>();
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            String name = readText(in);
            facts.put(name, readText(in));
        }
        return facts;
    }

    private static Origin readOrigin(DataInputStream in) throws IOException {
        RecordType type = RecordType.ofCode(in.readByte()).orElse(RecordType.REGULAR);
        return new Origin(type, readText(in));
    }
}
