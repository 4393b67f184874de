package org.buildengine.server.telemetry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One subscription as server-sent events. The first event says that the subscription stands; every further one carries
 * rows, its id being the number of the last. Used by one thread, which may block here: whoever sends the events pulls
 * them, so that a slow reader holds up nothing but itself.
 */
public final class EventReader {
    /** Sent and flushed at once: clients wait for it before they go on. The data line has no colon. */
    public static final byte[] SUBSCRIBED = "id: \nevent: subscribed\ndata\n\n".getBytes(StandardCharsets.US_ASCII);

    private static final int MAX_ROWS = 1000;
    private static final int MAX_BYTES = 1024 * 1024;
    private static final Duration GATHER = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Signal signal;
    private final RowLog.Reader rows;
    private final OutputSources outputs;

    /** What was read of the rows and is not in an event yet. */
    private final ArrayDeque<byte[]> pending = new ArrayDeque<>();

    EventReader(Signal signal, RowLog.Reader rows, OutputSources outputs) {
        this.signal = signal;
        this.rows = rows;
        this.outputs = outputs;
    }

    /** The next event as it goes over the wire; empty at the end of the stream. */
    public Optional<byte[]> next() throws IOException, InterruptedException {
        while (pending.isEmpty()) {
            if (rows.row() > 0) {
                rows.gather(GATHER, MAX_ROWS, MAX_BYTES);
            }
            pending.addAll(rows.next(MAX_ROWS, MAX_BYTES, PATIENCE));
            if (pending.isEmpty() && rows.atEnd()) {
                return Optional.empty();
            }
        }
        return Optional.of(event(batch()));
    }

    /** Rows that do not stand for too much. */
    private List<byte[]> batch() {
        var batch = new ArrayList<byte[]>();
        long bytes = 0;
        do {
            byte[] row = pending.remove();
            batch.add(row);
            bytes += signal == Signal.LOGS ? LogRecords.length(row) : row.length;
        } while (!pending.isEmpty() && bytes < MAX_BYTES);
        return batch;
    }

    private byte[] event(List<byte[]> batch) throws IOException {
        byte[] data = Rows.data(signal, batch, outputs);
        var event = new ByteArrayOutputStream(data.length + 64);
        event.writeBytes(ascii("id: " + (rows.row() - pending.size()) + "\nevent: " + signal.event() + "\ndata: "));
        event.writeBytes(data);
        event.writeBytes(ascii("\n\n"));
        return event.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
