package org.buildengine.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.server.core.CoreObject;
import org.buildengine.server.graphql.FieldObserver;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ClientTelemetryTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Miss RUN = new Miss(List.of(), Digest.of("key"), Optional.empty());
    private static final Vertex STEP = Vertex.of(new ExecOp(
            List.of("echo", "hi"),
            List.of(),
            Map.of(),
            "/",
            "",
            "",
            "",
            "",
            "",
            ExecOp.Expect.SUCCESS,
            false,
            false,
            "linux/amd64",
            List.of()));

    @TempDir
    private Path directory;

    private ClientTelemetry telemetry;
    private SpanContext request;
    private SpanContext withExec;
    private WorkSpans work;
    private RunLog run;

    @BeforeEach
    void aRequestWithOneStep() throws Exception {
        EventLog log =
                EventLogs.open(directory.resolve("events"), Long.MAX_VALUE).begin(1);
        run = log.begin(
                log.reserve().orElseThrow(),
                STEP.recipe(),
                STEP.recipe(),
                "a step",
                Instant.EPOCH,
                InstantSource.system());
        telemetry = new ClientTelemetry(directory, "client", InstantSource.system());
        var asked = TracingObserver.Request.start(telemetry, Map.of());
        request = contextOf(asked);
        withExec = telemetry.now(() -> {
            Span span = telemetry
                    .tracer(Scope.CORE)
                    .spanBuilder("Container.withExec")
                    .setParent(asked.context())
                    .startSpan();
            telemetry.standsFor(STEP.recipe(), span);
            span.end();
            return span.getSpanContext();
        });
        work = (WorkSpans) WorkSpans.below(asked);
    }

    @AfterEach
    void close() throws Exception {
        telemetry.close();
    }

    private List<JsonNode> read(Signal signal, String list, String scopes, String items) throws Exception {
        telemetry.seal();
        EventReader reader = telemetry.subscribe(signal);
        var found = new ArrayList<JsonNode>();
        for (Optional<byte[]> event = reader.next(); event.isPresent(); event = reader.next()) {
            String[] lines = new String(event.get(), StandardCharsets.UTF_8).split("\n", -1);
            assertThat(lines[0]).matches("id: \\d+");
            assertThat(lines[1]).isEqualTo("event: " + signal.event());
            assertThat(lines[2]).startsWith("data: {");
            assertThat(lines[3]).isEmpty();
            JSON.readTree(lines[2].substring("data: ".length()))
                    .path(list)
                    .forEach(resource -> resource.path(scopes)
                            .forEach(scope -> scope.path(items).forEach(found::add)));
        }
        return found;
    }

    private List<JsonNode> spans() throws Exception {
        return read(Signal.TRACES, "resourceSpans", "scopeSpans", "spans");
    }

    private List<JsonNode> logs() throws Exception {
        return read(Signal.LOGS, "resourceLogs", "scopeLogs", "logRecords");
    }

    private SpanContext contextOf(TracingObserver.Request asked) {
        return telemetry.now(() -> Span.fromContext(asked.context()).getSpanContext());
    }

    private static String base64(SpanContext span) {
        return Base64.getEncoder().encodeToString(span.getSpanIdBytes());
    }

    @Test
    void spanComesWhenItStartsAndAgainWhenItEnds() throws Exception {
        List<JsonNode> calls = spans().stream()
                .filter(span -> span.path("name").asText().equals("Container.withExec"))
                .toList();
        assertThat(calls).hasSize(2);
        assertThat(calls.getFirst().path("endTimeUnixNano").asText()).isEqualTo("11651379494838206464");
        assertThat(calls.getLast().path("spanId").asText()).isEqualTo(base64(withExec));
    }

    @Test
    void runIsLinkedToItsCallAndBelowTheRequest() throws Exception {
        work.started(STEP, Instant.now());
        work.finished(STEP, RUN, 1, Duration.ofMillis(5));
        JsonNode resumed = spans().stream()
                .filter(span -> span.path("name").asText().equals("resume withExec"))
                .reduce((first, second) -> second)
                .orElseThrow();
        assertThat(resumed.path("parentSpanId").asText()).isEqualTo(base64(request));
        assertThat(resumed.path("links").path(0).path("spanId").asText()).isEqualTo(base64(withExec));
        assertThat(resumed.path("status").path("code").asText()).isEqualTo("STATUS_CODE_OK");
    }

    private void finish() {
        run.finish().forEach(piece -> work.output(STEP, piece));
        work.finished(STEP, RUN, 1, Duration.ofMillis(5));
    }

    private void output(int stream, byte[] bytes) {
        run.add(stream, bytes).forEach(piece -> work.output(STEP, piece));
    }

    @Test
    void outputIsLoggedOnTheCallCharacterByCharacterWhole() throws Exception {
        byte[] text = "grüße\n".getBytes(StandardCharsets.UTF_8);
        work.started(STEP, Instant.now());
        for (byte piece : text) {
            output(1, new byte[] {piece});
        }
        output(2, "warn".getBytes(StandardCharsets.UTF_8));
        finish();
        List<JsonNode> records = logs();
        var out = new StringBuilder();
        records.stream()
                .filter(r -> r.path("attributes")
                        .path(0)
                        .path("value")
                        .path("intValue")
                        .asText()
                        .equals("1"))
                .forEach(r -> out.append(r.path("body").path("stringValue").asText()));
        assertThat(out).hasToString("grüße\n");
        assertThat(records)
                .allSatisfy(record -> assertThat(record.path("spanId").asText()).isEqualTo(base64(withExec)));
        assertThat(records.stream().filter(r -> r.toString().contains("stdio.eof")))
                .hasSize(2);
    }

    @Test
    void missingOutputIsSaidToBeMissing() throws Exception {
        work.started(STEP, Instant.now());
        output(1, "before\n".getBytes(StandardCharsets.UTF_8));
        work.lost(STEP, 12);
        work.lost(STEP, 1);
        work.finished(STEP, RUN, 1, Duration.ZERO);
        assertThat(logs())
                .extracting(record -> record.path("body").path("stringValue").asText())
                .startsWith(
                        "before\n",
                        "[12 bytes of output are missing here, they were not kept]\n",
                        "[1 byte of output is missing here, it was not kept]\n");
    }

    @Test
    void outputIsLoggedAsItIsWhateverItsBytes() throws Exception {
        byte[] text = "a \"quoted\" \\ line\r\n\u0000\u001b[1m\u20ac\ud83d\ude00 ".getBytes(StandardCharsets.UTF_8);
        byte[] malformed = {'x', (byte) 0xff, 'y', '\n'};
        work.started(STEP, Instant.now());
        output(1, text);
        output(1, malformed);
        finish();
        var out = new StringBuilder();
        logs().forEach(record ->
                out.append(record.path("body").path("stringValue").asText()));
        assertThat(out).hasToString(new String(text, StandardCharsets.UTF_8) + "x\ufffdy\n");
    }

    @Test
    void outputIsNotWrittenAgainIfABuildHasIt() throws Exception {
        work.started(STEP, Instant.now());
        output(1, "kept ".repeat(20_000).getBytes(StandardCharsets.UTF_8));
        work.output(STEP, new OutputPiece(1, Instant.now(), new byte[] {'l', 'o', 's', 't'}, Optional.empty()));
        finish();
        telemetry.now(() -> true);
        var out = new StringBuilder();
        logs().forEach(record ->
                out.append(record.path("body").path("stringValue").asText()));
        assertThat(out).hasToString("kept ".repeat(20_000) + "lost");
        assertThat(directory.resolve("client.logs"))
                .as("what does not fit into the tail")
                .doesNotExist();
    }

    @Test
    void eventsStaySmallHoweverMuchRowsStandFor() throws Exception {
        work.started(STEP, Instant.now());
        for (int i = 0; i < 100; i++) {
            output(1, "#".repeat(50_000).getBytes(StandardCharsets.UTF_8));
        }
        finish();
        telemetry.seal();
        EventReader reader = telemetry.subscribe(Signal.LOGS);
        long text = 0;
        for (Optional<byte[]> event = reader.next(); event.isPresent(); event = reader.next()) {
            assertThat(event.get()).hasSizeLessThan(1_200_000);
            text += new String(event.get(), StandardCharsets.UTF_8)
                    .chars()
                    .filter(c -> c == '#')
                    .count();
        }
        assertThat(text).isEqualTo(5_000_000);
    }

    @Test
    void whereverOutputIsCutItsTextIsTheSame() throws Exception {
        byte[] output = "aé€😀".getBytes(StandardCharsets.UTF_8);
        byte[] malformed = {
            (byte) 0x80, (byte) 0xf0, 'b', (byte) 0xe2, (byte) 0x82, (byte) 0xe2, (byte) 0xff, 'c', (byte) 0xc3
        };
        byte[] all = Arrays.copyOf(output, output.length + malformed.length);
        System.arraycopy(malformed, 0, all, output.length, malformed.length);
        work.started(STEP, Instant.now());
        for (int first = 0; first < all.length; first++) {
            for (int second = first; second < all.length; second++) {
                output(1, Arrays.copyOfRange(all, 0, first));
                output(1, Arrays.copyOfRange(all, first, second));
                output(1, Arrays.copyOfRange(all, second, all.length));
                output(1, new byte[] {'\n'});
            }
        }
        finish();
        var out = new StringBuilder();
        logs().forEach(record ->
                out.append(record.path("body").path("stringValue").asText()));
        assertThat(out.toString().lines()).containsOnly(new String(all, StandardCharsets.UTF_8));
    }

    @Test
    void logRecordsAreThoseOfTheProtocol() throws Exception {
        work.started(STEP, Instant.ofEpochSecond(1));
        output(2, "warn".getBytes(StandardCharsets.UTF_8));
        work.finished(STEP, RUN, 1, Duration.ofMillis(5));
        telemetry.seal();
        String event = new String(telemetry.subscribe(Signal.LOGS).next().orElseThrow(), StandardCharsets.UTF_8);
        var request = ExportLogsServiceRequest.newBuilder();
        JsonFormat.parser().merge(event.split("\n", -1)[2].substring("data: ".length()), request);
        ResourceLogs logs = request.getResourceLogs(0);
        assertThat(logs.getResource().getAttributes(0).getValue().getStringValue())
                .isEqualTo("build-engine");
        assertThat(logs.getScopeLogs(0).getScope().getName()).isEqualTo("dagger.io/engine.buildkit");
        LogRecord record = logs.getScopeLogs(0).getLogRecords(0);
        assertThat(record.getTimeUnixNano()).isPositive();
        assertThat(record.getAttributes(0).getValue().getIntValue()).isEqualTo(2);
        assertThat(record.getTraceId().toByteArray()).isEqualTo(withExec.getTraceIdBytes());
    }

    @Test
    void failedRunPointsToItsOrigin() throws Exception {
        work.started(STEP, Instant.now());
        work.failed(
                STEP, new SolveException(SolveException.Kind.FAILED, STEP, "exit code: 3", null), Duration.ofMillis(5));
        JsonNode resumed = spans().getLast();
        assertThat(resumed.path("status").path("message").asText()).isEqualTo("exit code: 3");
        assertThat(resumed.path("links").toString()).contains("error_origin");
    }

    @Test
    void rememberedStepIsMarkedOnItsCall() throws Exception {
        work.cached(STEP, 1);
        JsonNode marked = spans().getLast();
        assertThat(marked.path("spanId").asText()).isEqualTo(base64(withExec));
        assertThat(marked.path("attributes").toString()).contains("dagger.io/dag.cached");
    }

    @Test
    void stepThatRanForTheClientIsNotCalledRemembered() throws Exception {
        work.started(STEP, Instant.now());
        work.finished(STEP, RUN, 1, Duration.ofMillis(5));
        work.cached(STEP, 1);
        assertThat(spans().toString()).doesNotContain("dagger.io/dag.cached");
    }

    @Test
    void callThatIsOverBeforeItIsToldIsWrittenOnceBelowItsRequestAlsoInATraceThatIsNotSampled() throws Exception {
        var asked = TracingObserver.Request.start(
                telemetry, Map.of("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"));
        var receiver = new Receiver();
        asked.field(new FieldObserver.FieldStart("Query.container", "container", "Container", receiver, Map.of()))
                .ended(new FieldObserver.FieldEnd(Optional.of(receiver), Optional.empty()));
        List<JsonNode> calls = spans().stream()
                .filter(span -> span.path("name").asText().equals("Query.container"))
                .toList();
        assertThat(calls).hasSize(1);
        assertThat(calls.getFirst().path("parentSpanId").asText()).isEqualTo(base64(contextOf(asked)));
        assertThat(calls.getFirst().path("traceId").asText()).isEqualTo("CvdlGRbNQ92ESOshHIAxnA==");
        assertThat(calls.getFirst().path("endTimeUnixNano").asLong()).isPositive();
    }

    @Test
    void callThatTakesLongerIsWrittenWhenItStartsAndWhenItEnds() throws Exception {
        var asked = TracingObserver.Request.start(telemetry, Map.of());
        var receiver = new Receiver();
        FieldObserver.Observation call = asked.field(
                new FieldObserver.FieldStart("Query.container", "container", "Container", receiver, Map.of()));
        telemetry.now(() -> true);
        call.ended(new FieldObserver.FieldEnd(Optional.of(receiver), Optional.empty()));
        List<JsonNode> calls = spans().stream()
                .filter(span -> span.path("name").asText().equals("Query.container"))
                .toList();
        assertThat(calls).hasSize(2);
        assertThat(calls.getFirst().path("endTimeUnixNano").asText()).isEqualTo("11651379494838206464");
        assertThat(calls.getFirst().toString()).doesNotContain("dagger.io/dag.output");
        assertThat(calls.getLast().toString()).contains("dagger.io/dag.output");
        assertThat(calls.getLast().path("startTimeUnixNano"))
                .isEqualTo(calls.getFirst().path("startTimeUnixNano"));
    }

    /** An object that has much text. */
    private record Contents(String text) implements CoreObject {
        @Override
        public String typeName() {
            return "File";
        }

        @Override
        public Digest digest() {
            return Digest.of("contents");
        }
    }

    private static String muchText() {
        return "x".repeat(2 << 20);
    }

    private static FieldObserver.Observation startWith(TracingObserver.Request asked, Object argument) {
        return asked.field(new FieldObserver.FieldStart(
                "Query.file", "file", "File", new Receiver(), Map.of("contents", argument)));
    }

    private static boolean isGone(WeakReference<?> reference) {
        System.gc();
        return reference.refersTo(null);
    }

    /** A client that never subscribed, and wrote a few hundred files, ended the engine for want of memory. */
    @Test
    void largeArgumentsAndObjectsDoNotWaitForASubscriber() {
        var asked = TracingObserver.Request.start(telemetry, Map.of());
        var argument = new WeakReference<>(muchText());
        FieldObserver.Observation field = startWith(asked, Objects.requireNonNull(argument.get()));
        await().until(() -> isGone(argument));

        var object = new WeakReference<>(new Contents(muchText()));
        field.ended(new FieldObserver.FieldEnd(Optional.ofNullable(object.get()), Optional.empty()));
        await().until(() -> isGone(object));
    }

    /** The inputs of a step may be the contents of files. */
    @Test
    void stepsThatRanDoNotWaitForASubscriber() {
        var step = new WeakReference<>(Vertex.of(STEP.op()));
        tellAll(Objects.requireNonNull(step.get()));
        await().until(() -> isGone(step));
    }

    private void tellAll(Vertex step) {
        work.cached(step, 1);
        work.started(step, Instant.EPOCH);
        work.finished(step, RUN, 1, Duration.ofSeconds(1));
        work.cancelled(step, Duration.ofSeconds(1));
        work.failed(
                step,
                new SolveException(SolveException.Kind.FAILED, step, "exit code: 1", null),
                Duration.ofSeconds(1));
    }

    private JsonNode endOf(String name, Throwable failure) throws Exception {
        TracingObserver.Request.start(telemetry, Map.of())
                .field(new FieldObserver.FieldStart(name, "key", "Directory", new Receiver(), Map.of()))
                .ended(new FieldObserver.FieldEnd(Optional.empty(), Optional.of(failure)));
        return spans().stream()
                .filter(span -> span.path("name").asText().equals(name))
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    @Test
    void interruptedCallIsCancelledAndNotFailedForNoReason() throws Exception {
        JsonNode upload = endOf("Host.directory", new InterruptedException());
        assertThat(upload.path("status").path("message").asText()).isEqualTo("cancelled");
        assertThat(upload.path("attributes").toString()).contains("dagger.io/dag.canceled");
    }

    @Test
    void callWhoseExecutionWasGivenUpIsCancelled() throws Exception {
        var givenUp = new SolveException(SolveException.Kind.CANCELLED, STEP, "given up", null);
        JsonNode call = endOf("Container.stdout", new IllegalStateException(givenUp));
        assertThat(call.path("attributes").toString()).contains("dagger.io/dag.canceled");
    }

    @Test
    void whatIsNoTraceparentBeginsATraceOfItsOwn() throws Exception {
        List.of("", "00-abc-def-01", "00-" + "0".repeat(32) + "-b7ad6b7169203331-01")
                .forEach(header -> TracingObserver.Request.start(telemetry, Map.of("traceparent", header)));
        List<JsonNode> requests = spans().stream()
                .filter(span -> span.path("name").asText().equals("POST /query"))
                .toList();
        assertThat(requests)
                .hasSize(4)
                .allSatisfy(span -> assertThat(span.has("parentSpanId")).isFalse());
        assertThat(requests.stream().map(span -> span.path("traceId").asText())).doesNotHaveDuplicates();
    }

    private record Receiver() implements CoreObject {
        @Override
        public String typeName() {
            return "Container";
        }

        @Override
        public Digest digest() {
            return Digest.of("container");
        }
    }
}
