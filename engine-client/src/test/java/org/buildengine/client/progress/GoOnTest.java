package org.buildengine.client.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoOnTest {
    @Test
    void aProgramThatWasStartedElsewhereIsNotCalledACommandOfOurs() {
        assertThat(GoOn.elsewhere().lines())
                .containsExactly(
                        "To go on, run the program again; steps that are done stay done.",
                        "  engine doctor  # checks this machine");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            engine query,                              engine --progress=plain -v query
            engine --progress=json -s query,           engine --progress=plain -v query
            engine -s run -v make -v,                  engine --progress=plain -v run make -v
            engine run --embedded -- make --progress=x, engine --progress=plain -v run --embedded -- make --progress=x
            engine run make -s,                        engine --progress=plain -v run make -s
            """)
    void theDetailedCommandSaysOnceHowItShowsProgress(String command, String detailed) {
        assertThat(new GoOn(List.of(command.split(" "))).lines())
                .contains("  " + detailed + "  # again, with every call and all output");
    }
}
