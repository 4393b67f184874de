package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.buildengine.session.wire.builds.BuildInfo;
import org.buildengine.session.wire.builds.LogCut;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.LogSource;
import org.buildengine.session.wire.builds.LogUnwritten;
import org.buildengine.session.wire.builds.NothingRan;
import org.buildengine.session.wire.builds.Output;
import org.buildengine.session.wire.builds.OutputLost;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.RunBegan;
import org.buildengine.session.wire.builds.RunElsewhere;
import org.buildengine.session.wire.builds.RunEnded;
import org.junit.jupiter.api.Test;

/** What a log looks like in each form. */
class LogFormatTest {
    private static final long SECOND = 1_000_000_000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private void print(LogFormat format, LogPart.Builder... parts) throws IOException {
        for (LogPart.Builder part : parts) {
            format.take(part.build());
        }
        format.end();
    }

    private static LogPart.Builder source(LogSource.Kind kind, String runBy) {
        return LogPart.newBuilder()
                .setSource(LogSource.newBuilder()
                        .setKind(kind)
                        .setBuild(BuildInfo.newBuilder().setId("7c1d00000000"))
                        .setRunBy(runBy));
    }

    private static LogPart.Builder began(int run, int step, String name) {
        return LogPart.newBuilder()
                .setBegan(RunBegan.newBuilder()
                        .setRun(run)
                        .setTime(SECOND)
                        .setStep(step)
                        .setName(name));
    }

    private static LogPart.Builder output(int run, int stream, long time, String text) {
        return LogPart.newBuilder()
                .setOutput(Output.newBuilder()
                        .setRun(run)
                        .setStream(stream)
                        .setTime(time)
                        .setData(ByteString.copyFromUtf8(text)));
    }

    private static LogPart.Builder ended(int run) {
        return LogPart.newBuilder()
                .setEnded(RunEnded.newBuilder()
                        .setRun(run)
                        .setTime(9 * SECOND)
                        .setOutcome(Ran.Outcome.FAILED)
                        .setTook(8 * SECOND));
    }

    private String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void linesOfABuildNameTheirSteps() throws Exception {
        print(
                LogLines.ofBuild(out, err, false),
                began(1, 4, "exec npm ci"),
                began(2, 0, "exec make"),
                output(1, 1, 1, "added 5 pack"),
                output(2, 2, 2, "warning\n\n\u001b[2Junfinished"),
                output(1, 1, 3, "ages\nand"),
                ended(1),
                ended(2));
        assertThat(text(out)).isEqualTo("""
                        exec make | warning
                        exec make |\s
                        4 exec npm ci | added 5 packages
                        4 exec npm ci | and
                        exec make | unfinished
                        """);
        assertThat(text(err)).isEmpty();
    }

    @Test
    void whatIsUnfinishedIsPrintedWhenALogBreaksOff() throws Exception {
        print(LogLines.ofBuild(out, err, false), began(1, 4, "exec npm ci"), output(1, 1, 1, "and"));
        assertThat(text(out)).isEqualTo("4 exec npm ci | and\n");
    }

    @Test
    void longLineIsPrintedAsSeveralInWhichNoCharacterIsCut() throws Exception {
        String start = "x".repeat(LogLines.LONGEST / 2);
        String line = start + "€".repeat(50_000);
        print(
                LogLines.ofBuild(out, err, false),
                began(1, 4, "exec npm ci"),
                output(1, 1, 1, start),
                output(1, 1, 1, line.substring(start.length())),
                output(1, 1, 1, "\n"),
                output(1, 1, 1, "y".repeat(LogLines.LONGEST)),
                output(1, 1, 1, "\n"),
                output(1, 1, 1, "end\n"));
        List<String> lines = text(out)
                .lines()
                .map(each -> each.substring("4 exec npm ci | ".length()))
                .toList();
        assertThat(lines).hasSize(21).endsWith("y".repeat(LogLines.LONGEST), "end");
        assertThat(String.join("", lines.subList(0, 19))).isEqualTo(line);
        assertThat(lines)
                .allSatisfy(each ->
                        assertThat(each.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(LogLines.LONGEST));
    }

    @Test
    void linesHaveTheTimeWhenTheyBegan() throws Exception {
        BiFunction<Integer, Long, LogPart.Builder> piece = (stream, time) -> output(1, stream, time, "text\n");
        print(
                LogLines.ofStep(out, err),
                began(1, 4, "exec npm ci"),
                piece.apply(1, SECOND),
                output(1, 1, SECOND + 1_500_000, "be"),
                output(1, 1, 2 * SECOND, "gun\n"),
                piece.apply(2, 2 * SECOND));
        assertThat(text(out)).isEqualTo("1970-01-01T00:00:01.000Z text\n1970-01-01T00:00:01.001Z begun\n");
        assertThat(text(err)).isEqualTo("1970-01-01T00:00:02.000Z text\n");

        out.reset();
        print(LogLines.ofBuild(out, err, true), began(1, 4, "exec npm ci"), piece.apply(1, SECOND));
        assertThat(text(out)).isEqualTo("1970-01-01T00:00:01.000Z 4 exec npm ci | text\n");
    }

    @Test
    void outputOfAStepIsWhatItIs() throws Exception {
        byte[] bytes = {'a', (byte) 0xff, 0, 27, '\n'};
        print(
                new LogBytes(out, err),
                source(LogSource.Kind.OWN, "7c1d00000000"),
                began(1, 4, "exec npm ci"),
                LogPart.newBuilder()
                        .setOutput(Output.newBuilder().setRun(1).setStream(1).setData(ByteString.copyFrom(bytes))),
                output(1, 2, 1, "warning"),
                ended(1));
        assertThat(out.toByteArray()).isEqualTo(bytes);
        assertThat(text(err)).isEqualTo("warning");
    }

    private String notes(LogPart.Builder... parts) throws IOException {
        err.reset();
        print(new LogBytes(out, err), parts);
        return text(err);
    }

    @Test
    void whatIsNotAsOneWouldThinkIsSaidOnce() throws Exception {
        var other = source(LogSource.Kind.OTHER_BUILD, "9ab000000000");
        assertThat(notes(other, other)).isEqualTo("engine: the step was run by build 9ab00000\n");
        assertThat(notes(source(LogSource.Kind.RESULT, "9ab000000000")))
                .isEqualTo("engine: the log of build 9ab00000 has no run of the step; this is kept with its result\n");
        assertThat(notes(source(LogSource.Kind.RESULT, "")))
                .isEqualTo("engine: the log has no run of the step; this is kept with its result\n");
        assertThat(notes(LogPart.newBuilder().setLost(OutputLost.newBuilder().setBytes(34))))
                .isEqualTo("engine: output is missing here that could not be written: 34 bytes\n");
        assertThat(notes(LogPart.newBuilder().setCut(LogCut.getDefaultInstance())))
                .isEqualTo("engine: the output ends here: the engine died, or could not write, before the step had"
                        + " ended\n");
        assertThat(notes(cut(1)))
                .isEqualTo("engine: nothing is here of what step 1 printed: the engine died, or could not"
                        + " write it\n");
        assertThat(notes(cut(22)))
                .isEqualTo(
                        "engine: nothing is here of what steps 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,"
                                + " 18, 19, 20 and 2 more printed: the engine died, or could not write it\n");
        assertThat(notes(unwritten("/x/1.log (Read-only file\u001b[2J system)")))
                .isEqualTo("engine: output is missing here, the engine cannot write it: /x/1.log (Read-only file"
                        + " system)\n");
        assertThat(notes(source(LogSource.Kind.OWN, ""), nothingRan(5, false)))
                .isEqualTo("engine: build 7c1d0000 ran nothing: its 5 steps were remembered, or not needed\n");
        assertThat(notes(source(LogSource.Kind.OWN, ""), nothingRan(1, false)))
                .isEqualTo("engine: build 7c1d0000 ran nothing: its step was remembered\n");
        assertThat(notes(source(LogSource.Kind.OWN, ""), nothingRan(0, true)))
                .isEqualTo("engine: build 7c1d0000 has run nothing so far\n");
        var elsewhere = LogPart.newBuilder()
                .setElsewhere(RunElsewhere.newBuilder()
                        .setStep(5)
                        .setName("exec make")
                        .setBuild("9ab000000000"));
        assertThat(notes(source(LogSource.Kind.OWN, ""), elsewhere))
                .isEqualTo("engine: step 5 exec make was run by build 9ab00000; engine logs 7c1d0000 5 shows its"
                        + " output\n");
    }

    private static LogPart.Builder nothingRan(int steps, boolean lasts) {
        return LogPart.newBuilder()
                .setNothingRan(NothingRan.newBuilder().setSteps(steps).setLasts(lasts));
    }

    private static LogPart.Builder cut(int steps) {
        var cut = LogCut.newBuilder();
        IntStream.rangeClosed(1, steps).forEach(cut::addSteps);
        return LogPart.newBuilder().setCut(cut);
    }

    private static LogPart.Builder unwritten(String why) {
        return LogPart.newBuilder().setUnwritten(LogUnwritten.newBuilder().setWhy(why));
    }

    @Test
    void everythingIsThereForPrograms() throws Exception {
        print(
                new LogJson(out),
                source(LogSource.Kind.OWN, ""),
                began(1, 4, "exec npm ci"),
                output(1, 2, 2 * SECOND, "war\"ning"),
                LogPart.newBuilder()
                        .setOutput(Output.newBuilder()
                                .setRun(1)
                                .setStream(1)
                                .setTime(2 * SECOND)
                                .setData(ByteString.copyFrom(new byte[] {'a', (byte) 0xff, 0}))),
                unwritten("/x/1.log (Read-only file system)"),
                LogPart.newBuilder()
                        .setLost(OutputLost.newBuilder()
                                .setRun(1)
                                .setTime(SECOND)
                                .setBytes(34)),
                ended(1),
                LogPart.newBuilder()
                        .setElsewhere(RunElsewhere.newBuilder()
                                .setStep(5)
                                .setName("exec make")
                                .setBuild("9ab0")),
                nothingRan(3, true),
                LogPart.newBuilder().setCut(LogCut.getDefaultInstance()),
                cut(2));
        String run = "\"run\":1,\"step\":4,\"name\":\"exec npm ci\"";
        assertThat(text(out).lines().toList())
                .isEqualTo(List.of(
                        "{\"event\":\"source\",\"kind\":\"OWN\",\"build\":\"7c1d00000000\",\"runBy\":\"\"}",
                        "{\"event\":\"began\",\"time\":\"1970-01-01T00:00:01Z\"," + run + "}",
                        "{\"event\":\"output\",\"time\":\"1970-01-01T00:00:02Z\"," + run
                                + ",\"stream\":\"stderr\",\"text\":\"war\\\"ning\"}",
                        "{\"event\":\"output\",\"time\":\"1970-01-01T00:00:02Z\"," + run
                                + ",\"stream\":\"stdout\",\"base64\":\"Yf8A\"}",
                        "{\"event\":\"unwritten\",\"why\":\"/x/1.log (Read-only file system)\"}",
                        "{\"event\":\"lost\",\"time\":\"1970-01-01T00:00:01Z\"," + run + ",\"bytes\":34}",
                        "{\"event\":\"ended\",\"time\":\"1970-01-01T00:00:09Z\"," + run
                                + ",\"outcome\":\"FAILED\",\"tookNanos\":8000000000}",
                        "{\"event\":\"elsewhere\",\"step\":5,\"name\":\"exec make\",\"build\":\"9ab0\"}",
                        "{\"event\":\"nothing_ran\",\"steps\":3,\"lasts\":true}",
                        "{\"event\":\"cut\"}",
                        "{\"event\":\"cut\",\"steps\":[1,2]}"));
    }
}
