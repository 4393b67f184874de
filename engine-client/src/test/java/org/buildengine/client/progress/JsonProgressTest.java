package org.buildengine.client.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.buildengine.client.telemetry.SpanUpdate.Status;
import org.junit.jupiter.api.Test;

/** The lines that other programs read; the guide documents them, so a change here is a change of a contract. */
class JsonProgressTest {
    private final StringWriter text = new StringWriter();
    private final JsonProgress progress = new JsonProgress(new PrintWriter(text), false);
    private final Spans engine = new Spans(progress.listener());

    @Test
    void aStepBeginsPrintsAndEnds() {
        engine.begin("a", "", "outer", Spans.SECOND);
        engine.begin("b", "a", "inner", 2 * Spans.SECOND);
        engine.print("b", "one\ntwo\nthr");
        engine.print("b", "ee\n");
        engine.end("b", "inner", 2 * Spans.SECOND, 3 * Spans.SECOND, Status.ERROR, "exit code: 3\nmore");
        engine.end("a", "outer", Spans.SECOND, 4 * Spans.SECOND, Status.OK, "");
        progress.finish();
        assertThat(text.toString().lines()).containsExactly("""
                        {"event":"begin","id":1,"name":"outer","parent":null,"start":"1970-01-01T00:00:01Z"}""", """
                        {"event":"begin","id":2,"name":"inner","parent":1,"start":"1970-01-01T00:00:02Z"}""", """
                        {"event":"output","id":2,"name":"inner","output":["one","two"]}""", """
                        {"event":"output","id":2,"name":"inner","output":["three"]}""", """
                        {"event":"end","id":2,"name":"inner","start":"1970-01-01T00:00:02Z","end":"1970-01-01T00:00:03Z",\
                        "cached":false,"canceled":false,"error":"exit code: 3\\nmore"}""", """
                        {"event":"end","id":1,"name":"outer","start":"1970-01-01T00:00:01Z","end":"1970-01-01T00:00:04Z",\
                        "cached":false,"canceled":false,"error":null}""", """
                        {"event":"summary","steps":2,"done":1,"cached":0,"failed":1,"canceled":0}""");
    }

    @Test
    void aResultThatWasThereIsCached() {
        engine.cached("a", "step", Spans.SECOND);
        assertThat(text.toString()).contains("\"cached\":true,\"canceled\":false,\"error\":null");
    }

    @Test
    void whatIsCutShortByAFailureEndsBeforeTheSummary() {
        engine.begin("a", "", "slow", Spans.SECOND);
        engine.print("a", "half a li");
        engine.begin("b", "", "wrong", 2 * Spans.SECOND);
        engine.end("b", "wrong", 2 * Spans.SECOND, 3 * Spans.SECOND, Status.ERROR, "no");
        progress.finish();
        assertThat(text.toString().lines().skip(3)).containsExactly("""
                        {"event":"output","id":1,"name":"slow","output":["half a li"]}""", """
                        {"event":"end","id":1,"name":"slow","start":"1970-01-01T00:00:01Z","end":"1970-01-01T00:00:03Z",\
                        "cached":false,"canceled":true,"error":null}""", """
                        {"event":"summary","steps":2,"done":0,"cached":0,"failed":1,"canceled":1}""");
    }

    @Test
    void messagesOfTheCommandAreEventsToo() {
        progress.print(List.of("engine: \"no\""));
        assertThat(text.toString().lines()).containsExactly("{\"event\":\"message\",\"text\":\"engine: \\\"no\\\"\"}");
    }
}
