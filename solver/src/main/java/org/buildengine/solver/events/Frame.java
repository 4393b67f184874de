package org.buildengine.solver.events;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.buildengine.snapshotter.Digest;

/**
 * The form of events on disk: length and CRC32C of the rest, then kind, run, nanoseconds since 1970, and what the kind has.
 */
final class Frame {
    /** Length and checksum. */
    static final int HEAD = 2 * Integer.BYTES;

    /** The longest output of one frame. */
    static final int MOST_OUTPUT = 1 << 20;

    /** Where the output stands in its frame. */
    static final int OUTPUT = HEAD + 1 + Integer.BYTES + Long.BYTES + 1;

    private static final int COMMON = 1 + Integer.BYTES + Long.BYTES;

    /** A frame of which nothing is missing has so many bytes, at least. */
    static final int SHORTEST = HEAD + COMMON;

    private static final int MOST_NAME = 4096;
    private static final int LONGEST = MOST_OUTPUT + OUTPUT;

    private static final byte BEGAN = 1;
    private static final byte PRINTED = 2;
    private static final byte LOST = 3;
    private static final byte ENDED = 4;

    private Frame() {}

    static byte[] of(Event event) {
        var frame = new byte[HEAD + COMMON + length(event)];
        var out = ByteBuffer.wrap(frame);
        out.position(HEAD).put(kind(event)).putInt(event.run());
        out.putLong(ChronoUnit.NANOS.between(Instant.EPOCH, event.at()));
        put(event, out);
        out.position(HEAD);
        out.putInt(0, out.remaining()).putInt(Integer.BYTES, checksum(out));
        return frame;
    }

    private static byte kind(Event event) {
        return switch (event) {
            case Event.Began _ -> BEGAN;
            case Event.Printed _ -> PRINTED;
            case Event.Lost _ -> LOST;
            case Event.Ended _ -> ENDED;
        };
    }

    private static int length(Event event) {
        return switch (event) {
            case Event.Began began -> 2 * Digest.LENGTH + name(began).length;
            case Event.Printed printed -> 1 + printed.bytes().length;
            case Event.Lost _ -> Long.BYTES;
            case Event.Ended _ -> 1 + Long.BYTES;
        };
    }

    private static void put(Event event, ByteBuffer out) {
        switch (event) {
            case Event.Began began ->
                out.put(began.recipe().toBytes())
                        .put(began.producer().toBytes())
                        .put(name(began));
            case Event.Printed printed -> out.put((byte) printed.stream()).put(printed.bytes());
            case Event.Lost lost -> out.putLong(lost.bytes());
            case Event.Ended ended ->
                out.put(ended.ending().code()).putLong(ended.took().toNanos());
        }
    }

    private static byte[] name(Event.Began began) {
        byte[] name = began.name().getBytes(StandardCharsets.UTF_8);
        return name.length <= MOST_NAME ? name : Arrays.copyOf(name, MOST_NAME);
    }

    /** Of what remains; moves nothing. */
    private static int checksum(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    /** How much follows the head that {@code bytes} go on with; empty if that is no head. Moves nothing. */
    static Optional<Integer> length(ByteBuffer bytes) {
        int length = bytes.getInt(bytes.position());
        return length < COMMON || length > LONGEST ? Optional.empty() : Optional.of(length);
    }

    /** Whether the frame that {@code bytes} go on with is the beginning of a run. Moves nothing. */
    static boolean begins(ByteBuffer bytes) {
        return bytes.get(bytes.position() + HEAD) == BEGAN;
    }

    /** The run that the frame is about that {@code bytes} go on with. Moves nothing. */
    static int run(ByteBuffer bytes) {
        return bytes.getInt(bytes.position() + HEAD + 1);
    }

    /** The event of the frame that {@code bytes} go on with, which are all there; empty if it is damaged. Moves behind it. */
    static Optional<Event> read(ByteBuffer bytes) {
        int length = bytes.getInt();
        int checksum = bytes.getInt();
        int end = bytes.position() + length;
        if (checksum != checksum(bytes.slice(bytes.position(), length))) {
            return Optional.empty();
        }
        byte kind = bytes.get();
        int run = bytes.getInt();
        Instant at = Instant.EPOCH.plusNanos(bytes.getLong());
        Optional<Event> event = body(bytes, kind, run, at, end);
        bytes.position(end);
        return event;
    }

    private static Optional<Event> body(ByteBuffer bytes, byte kind, int run, Instant at, int end) {
        return switch (kind) {
            case BEGAN -> {
                Digest recipe = Digest.ofRaw(bytes(bytes, Digest.LENGTH));
                Digest producer = Digest.ofRaw(bytes(bytes, Digest.LENGTH));
                String name = new String(bytes(bytes, end - bytes.position()), StandardCharsets.UTF_8);
                yield Optional.of(new Event.Began(run, at, recipe, producer, name));
            }
            case PRINTED -> Optional.of(new Event.Printed(run, at, bytes.get(), bytes(bytes, end - bytes.position())));
            case LOST -> Optional.of(new Event.Lost(run, at, bytes.getLong()));
            case ENDED ->
                Ending.of(bytes.get())
                        .map(ending -> new Event.Ended(run, at, ending, Duration.ofNanos(bytes.getLong())));
            default -> Optional.empty();
        };
    }

    private static byte[] bytes(ByteBuffer from, int length) {
        var bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }
}
