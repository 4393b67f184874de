package org.buildengine.client.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.buildengine.client.telemetry.OutputRecord;
import org.buildengine.client.telemetry.SpanUpdate;
import org.buildengine.client.telemetry.SpanUpdate.Link;
import org.buildengine.client.telemetry.SpanUpdate.Status;
import org.junit.jupiter.api.Test;

class PlainProgressTest {
    // dagger.Call of withExec(args: ["echo", "hi there"]): argument 4 {name 1, literal 2 {list 8 {value 1 {string
    // 7}}}}.
    private static final String CALL = "Ih4KBGFyZ3MSFkIUCgY6BGVjaG8KCjoIaGkgdGhlcmU=";

    private final StringWriter text = new StringWriter();
    private final PlainProgress progress = new PlainProgress(
            new PrintWriter(text), false, true, new GoOn(List.of("engine", "run", "--", "make", "a b")));

    @Test
    void anExecutionIsShownWhenItRunsWithItsCommandAndItsOutput() {
        call("a", Status.UNSET, Map.of("dagger.io/dag.pending", "true"));
        assertThat(text.toString()).isEmpty();
        resume("r", "a", OptionalLong.empty(), Status.UNSET);
        output("a", "hi th");
        output("a", "ere\n");
        resume("r", "a", OptionalLong.of(1_500_000_001L), Status.OK);
        progress.finish();
        assertThat(text.toString().lines())
                .containsExactly(
                        "#1 exec echo 'hi there'",
                        "#1 | hi there",
                        "#1 DONE 1.5s",
                        "",
                        "1 step: 1 done, 0 cached, 0 failed.");
    }

    @Test
    void aResultThatWasThereIsMarkedAsCached() {
        call("a", Status.UNSET, Map.of("dagger.io/dag.pending", "true"));
        call("a", Status.UNSET, Map.of("dagger.io/dag.pending", "true", "dagger.io/dag.cached", "true"));
        assertThat(text.toString().lines()).containsExactly("#1 exec echo 'hi there'", "#1 CACHED");
    }

    @Test
    void outputThatComesBeforeItsStepIsKept() {
        output("a", "early\n");
        call("a", Status.UNSET, Map.of("dagger.io/dag.pending", "true"));
        resume("r", "a", OptionalLong.empty(), Status.UNSET);
        assertThat(text.toString().lines()).containsExactly("#1 exec echo 'hi there'", "#1 | early");
    }

    @Test
    void aFailingStepIsRepeatedAtTheEndWithItsLastLines() {
        call("a", Status.UNSET, Map.of("dagger.io/dag.pending", "true"));
        resume("r", "a", OptionalLong.empty(), Status.UNSET);
        for (int i = 1; i <= 30; i++) {
            output("a", "line " + i + "\n");
        }
        resume("r", "a", OptionalLong.of(2), Status.ERROR);
        progress.finish();
        assertThat(text.toString())
                .contains("Failed: #1 exec echo 'hi there': exit code: 3\n    line 11\n")
                .contains("    line 30\n")
                .contains("1 step: 0 done, 0 cached, 1 failed.")
                .endsWith("""
                        To go on:
                          engine run -- make 'a b'  # again; steps that are done stay done
                          engine --progress=plain -v run -- make 'a b'  # again, with every call and all output
                          engine doctor  # checks this machine
                        """);
    }

    @Test
    void coloursStayAndEndWithTheirLineButOtherControlCharactersGo() {
        call("a", Status.UNSET, Map.of("dagger.io/dag.pending", "true"));
        resume("r", "a", OptionalLong.empty(), Status.UNSET);
        output("a", "a\u0007b\u001b[1mc\rd\n");
        assertThat(text.toString()).contains("#1 | ab\u001b[1mc\u001b[0m\n#1 | d\n");
    }

    @Test
    void coloursGoWhereTheyAreNotWanted() {
        var colourless = new StringWriter();
        var steps = new PlainProgress(new PrintWriter(colourless), false, false, GoOn.elsewhere());
        var engine = new Spans(steps.listener());
        engine.begin("a", "", "step", Spans.SECOND);
        engine.print("a", "\u001b[31mred\u001b[0m and not\n");
        engine.end("a", "step", Spans.SECOND, 2 * Spans.SECOND, Status.ERROR, "no");
        steps.finish();
        assertThat(colourless.toString())
                .contains("#1 | red and not\n", "    red and not\n")
                .doesNotContain("\u001b");
    }

    @Test
    void stepsThatAFailureCutsShortAreCanceled() {
        call("a", Status.UNSET, Map.of("dagger.io/dag.pending", "true"));
        resume("r", "a", OptionalLong.empty(), Status.UNSET);
        progress.finish();
        assertThat(text.toString())
                .contains("#1 CANCELED ")
                .endsWith("1 step: 0 done, 0 cached, 0 failed, 1 canceled.\n");
    }

    @Test
    void whatOnlyDescribesIsNotShown() {
        progress.listener()
                .span(span("x", "Container.withEnvVariable", OptionalLong.of(2), Map.of(), List.of(), Status.OK));
        progress.finish();
        assertThat(text.toString()).isEmpty();
    }

    private void call(String id, Status status, Map<String, String> attributes) {
        Map<String, String> all = new java.util.HashMap<>(attributes);
        all.put("dagger.io/dag.call", CALL);
        progress.listener().span(span(id, "Container.withExec", OptionalLong.of(1), all, List.of(), status));
    }

    private void resume(String id, String target, OptionalLong end, Status status) {
        progress.listener()
                .span(span(id, "resume withExec", end, Map.of(), List.of(new Link(target, "cause")), status));
    }

    private void output(String id, String piece) {
        progress.listener().output(new OutputRecord(id, piece, false, false));
    }

    private static SpanUpdate span(
            String id, String name, OptionalLong end, Map<String, String> attributes, List<Link> links, Status status) {
        String message = status == Status.ERROR ? "exit code: 3" : "";
        return new SpanUpdate(id, "", name, 1, end, attributes, status, message, links);
    }
}
