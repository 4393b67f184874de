package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
}
