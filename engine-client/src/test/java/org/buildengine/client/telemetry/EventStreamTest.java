package org.buildengine.client.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private final List<SpanUpdate> spans = new ArrayList<>();
    private final List<OutputRecord> outputs = new ArrayList<>();

    @Test
    void spansComeInTheirVersions() throws IOException {
        read("id: \nevent: subscribed\ndata\n\n"
                + "id: 2\nevent: spans\ndata: {\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":["
                + "{\"spanId\":\"Xa25nL1VbVg=\",\"parentSpanId\":\"6+AaOuEAmA0=\",\"name\":\"n\",\"startTimeUnixNano\":"
                + "\"1795226421651325390\",\"endTimeUnixNano\":\"11651379494838206464\"},"
                + "{\"spanId\":\"Xa25nL1VbVg=\",\"name\":\"n\",\"startTimeUnixNano\":\"5\",\"endTimeUnixNano\":\"7\","
                + "\"attributes\":[{\"key\":\"dagger.io/dag.cached\",\"value\":{\"boolValue\":true}}],"
                + "\"status\":{\"code\":\"STATUS_CODE_ERROR\",\"message\":\"m\"},"
                + "\"links\":[{\"spanId\":\"O2VbwYbmcXw=\"}]}]}]}]}\n\n");
        assertThat(spans).hasSize(2);
        assertThat(spans.getFirst().id()).isEqualTo("5dadb99cbd556d58");
        assertThat(spans.getFirst().parent()).isEqualTo("ebe01a3ae100980d");
        assertThat(spans.getFirst().end()).isEmpty();
        SpanUpdate ended = spans.getLast();
        assertThat(ended.end()).hasValue(7);
        assertThat(ended.flag("dagger.io/dag.cached")).isTrue();
        assertThat(ended.status()).isEqualTo(SpanUpdate.Status.ERROR);
        assertThat(ended.links()).containsExactly(new SpanUpdate.Link("3b655bc186e6717c", "cause"));
    }

    @Test
    void anEventThatCannotBeReadIsSkipped() throws IOException {
        read("data: {nonsense\n\ndata: {\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"spanId\":\"%%\"}]}]}]}\n\n"
                + "data: {\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"spanId\":\"Xa25nL1VbVg=\","
                + "\"body\":{\"stringValue\":\"hi\"},\"attributes\":"
                + "[{\"key\":\"stdio.eof\",\"value\":{\"boolValue\":true}}]}]}]}]}\n\n");
        assertThat(spans).isEmpty();
        assertThat(outputs).containsExactly(new OutputRecord("5dadb99cbd556d58", "hi", true, false));
    }

    @Test
    void eventLongerThanAnyBufferComesWholeAndLinesMayEndAsOnWindows() throws IOException {
        String text = "0123456789".repeat(50_000);
        read("id: 1\r\nevent: logs\r\ndata: {\"resourceLogs\":[{\"scopeLogs\":\r\ndata: [{\"logRecords\":"
                + "[{\"spanId\":\"Xa25nL1VbVg=\",\"body\":{\"stringValue\":\"" + text + "\"}}]}]}]}\r\n\r\n");
        assertThat(outputs).containsExactly(new OutputRecord("5dadb99cbd556d58", text, false, false));
    }

    private void read(String events) throws IOException {
        new EventStream(new TelemetryListener() {
                    @Override
                    public void span(SpanUpdate span) {
                        spans.add(span);
                    }

                    @Override
                    public void output(OutputRecord output) {
                        outputs.add(output);
                    }
                })
                .read(new ByteArrayInputStream(events.getBytes(StandardCharsets.UTF_8)));
    }
}
