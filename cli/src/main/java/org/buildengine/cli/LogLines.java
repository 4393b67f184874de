package org.buildengine.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.buildengine.client.progress.OutputLines;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.Output;
import org.buildengine.session.wire.builds.RunBegan;

/** What steps printed, line by line, with the time or the step in front of each. */
final class LogLines implements LogFormat {
    /** A line with more bytes is printed as several; no more than {@link OutputLines} takes for one. */
    static final int LONGEST = 1 << 13;

    /** With milliseconds, so that all have the same length. */
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    private final OutputStream out;
    private final OutputStream err;
    private final boolean named;
    private final boolean timed;
    private final LogNotes notes;
    private final Map<Integer, String> names = new HashMap<>();

    /** By run and stream. */
    private final Map<Source, Line> unfinished = new LinkedHashMap<>();

    private record Source(int run, int stream) {}

    /** A line that has begun. */
    private static final class Line {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long time;
    }

    private LogLines(OutputStream out, OutputStream err, boolean named, boolean timed) {
        this.out = out;
        this.err = err;
        this.named = named;
        this.timed = timed;
        this.notes = new LogNotes(err);
    }

    /** All that the steps of a build printed, in one row, with the step in front of each line, and the time if wanted. */
    static LogLines ofBuild(OutputStream out, OutputStream err, boolean timed) {
        return new LogLines(out, err, true, timed);
    }

    /** Both outputs of one step, each where it belongs, with the time in front of each line. */
    static LogLines ofStep(OutputStream out, OutputStream err) {
        return new LogLines(out, err, false, true);
    }

    @Override
    public void take(LogPart part) throws IOException {
        switch (part.getPartCase()) {
            case BEGAN -> names.put(part.getBegan().getRun(), name(part.getBegan()));
            case OUTPUT -> print(part.getOutput());
            case ENDED -> {
                int run = part.getEnded().getRun();
                finish(new Source(run, 1));
                finish(new Source(run, 2));
                names.remove(run);
            }
            default -> notes.take(part);
        }
    }

    private static String name(RunBegan run) {
        return (run.getStep() == 0 ? "" : run.getStep() + " ") + EvidenceText.name(run.getName()) + " | ";
    }

    private void print(Output output) throws IOException {
        var source = new Source(output.getRun(), output.getStream());
        byte[] data = output.getData().toByteArray();
        for (int from = 0, to; from < data.length; from = to) {
            Line line = unfinished.computeIfAbsent(source, _ -> new Line());
            line.time = line.bytes.size() == 0 ? output.getTime() : line.time;
            to = endOfLine(data, from, LONGEST - line.bytes.size());
            line.bytes.write(data, from, to - from);
            if (to < data.length) {
                finish(source);
                to += data[to] == '\n' ? 1 : 0;
            }
        }
    }

    /** Where the line ends that begins or goes on in {@code data}: at most {@code most} bytes on, and not within a character. */
    private static int endOfLine(byte[] data, int from, int most) {
        int to = from;
        while (to < data.length && data[to] != '\n' && to - from < most) {
            to++;
        }
        int end = to;
        while (end < data.length && (data[end] & 0xc0) == 0x80 && to - end < 3 && end > from) {
            end--;
        }
        return end;
    }

    private void finish(Source source) throws IOException {
        Line line = unfinished.remove(source);
        if (line == null) {
            return;
        }
        String time = timed ? time(line.time) + " " : "";
        String name = named ? names.getOrDefault(source.run(), "") : "";
        String text = OutputLines.plain(line.bytes.toString(StandardCharsets.UTF_8));
        OutputStream to = named || source.stream() == 1 ? out : err;
        to.write((time + name + text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static String time(long nanos) {
        return TIME.format(Instant.EPOCH.plusNanos(nanos));
    }

    @Override
    public void end() throws IOException {
        for (Source source : List.copyOf(unfinished.keySet())) {
            finish(source);
        }
    }
}
