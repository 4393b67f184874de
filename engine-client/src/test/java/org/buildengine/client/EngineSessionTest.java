package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class EngineSessionTest {
    @Test
    void queriesBetweenSubscribingAndShuttingDown() throws Exception {
        try (FakeEngine engine = new FakeEngine()) {
            try (EngineSession session = engine.open()) {
                assertThat(session.query("{version}", Map.of()).path("version").asText())
                        .isEqualTo("v1");
            }
            assertThat(engine.seen())
                    .containsExactlyInAnyOrder(
                            "POST /init", "GET /v1/traces", "GET /v1/logs", "POST /query", "POST /shutdown")
                    .startsWith("POST /init")
                    .endsWith("POST /query", "POST /shutdown");
        }
    }

    @Test
    void errorsOfAnAnswerComeWithoutTheMarkerForPrograms() throws Exception {
        try (FakeEngine engine = new FakeEngine();
                EngineSession session = engine.open()) {
            QueryException failure =
                    catchThrowableOfType(QueryException.class, () -> session.query("{fail}", Map.of()));
            assertThat(failure).hasMessage("no such thing (at a.b)");
            assertThat(failure.exitCode()).isEmpty();
        }
    }

    @Test
    void answerMayBeAsDeepAndAsLongAsWhatWasAskedFor() throws Exception {
        try (FakeEngine engine = new FakeEngine();
                EngineSession session = engine.open()) {
            String deep = "{\"withExec\":".repeat(3_000) + "0" + "}".repeat(3_000);
            engine.answer("{\"data\":" + deep + "}");
            assertThat(AnswerJson.pretty(session.query("{deep}", Map.of())).replaceAll("\\s", ""))
                    .isEqualTo(deep);

            String file = "x".repeat(25_000_000);
            engine.answer("{\"data\":{\"contents\":\"" + file + "\"}}");
            assertThat(session.query("{long}", Map.of()).path("contents").asText())
                    .isEqualTo(file);
        }
    }

    @Test
    void answerThatIsNoneIsShownAsFarAsAPersonReads() throws Exception {
        try (FakeEngine engine = new FakeEngine();
                EngineSession session = engine.open()) {
            engine.answer("<html>a proxy</html>\n");
            assertThatThrownBy(() -> session.query("{version}", Map.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the engine answered 200: <html>a proxy</html>");
            engine.answer("<html>" + "x".repeat(100_000));
            assertThatThrownBy(() -> session.query("{version}", Map.of()))
                    .isInstanceOf(IOException.class)
                    .message()
                    .startsWith("the engine answered 200: <html>xxx")
                    .hasSizeLessThan(1100)
                    .endsWith("xxx...");
        }
    }

    @Test
    void anEngineThatIsNotThereIsNamedWithTheReason(@TempDir Path directory) throws Exception {
        EngineAddress nowhere = EngineAddress.parse("unix://" + directory.resolve("engine.sock"));
        try (FakeEngine engine = new FakeEngine()) {
            assertThatThrownBy(() -> EngineSession.open(nowhere, engine.options()))
                    .isInstanceOf(EngineUnavailableException.class)
                    .hasMessageContaining(nowhere.toString())
                    .hasMessageContaining("there is no such socket")
                    .hasMessageContaining("ENGINE_HOST");
        }
    }

    @Test
    void aQueryThatRunsWhenTheSessionClosesEndsWithAnError() throws Exception {
        try (FakeEngine engine = new FakeEngine()) {
            EngineSession session = engine.open();
            session.close();
            assertThatThrownBy(() -> session.query("{version}", Map.of()))
                    .isInstanceOf(EngineLostException.class)
                    .hasMessage("no answer from the engine: the session has ended. Its log may say why."
                            + " What it has answered is kept, so the same can be asked again.");
            session.close();
            assertThat(engine.seen()).filteredOn("POST /shutdown"::equals).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/init", "/v1/traces", "/v1/logs"})
    void anEngineThatLeavesPartOfTheOpeningUnansweredIsGivenUpWithWhatMayBeWrong(String path) throws Exception {
        try (FakeEngine engine = new FakeEngine()) {
            engine.fallSilent(path);

            assertThatThrownBy(engine::open)
                    .isInstanceOf(IOException.class)
                    .hasMessage("the engine took a session, but has not answered for 1 s; is it stopped, or its machine"
                            + " out of memory?");
            assertThat(engine.seen()).endsWith("POST /shutdown");
        }
    }

    @Test
    void anOfferThatComesTooLateIsClosed() throws Exception {
        var late = new CompletableFuture<Attacher.Attachment>();
        var closed = new CompletableFuture<Boolean>();
        try (FakeEngine engine = new FakeEngine()) {
            engine.fallSilent("nothing");
            SessionOptions usual = engine.options();
            SessionOptions options = new SessionOptions(
                    usual.identity(),
                    usual.trace(),
                    (address, identity) -> late.join(),
                    usual.telemetry(),
                    usual.openTimeout(),
                    usual.shutdownTimeout());

            assertThatThrownBy(() -> EngineSession.open(engine.address(), options))
                    .hasMessageContaining("has not answered for 1 s");
            late.complete(() -> closed.complete(true));

            assertThat(closed.get(10, TimeUnit.SECONDS)).isTrue();
            assertThat(engine.seen()).isEmpty();
        }
    }
}
