package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Stream;
import org.buildengine.server.conformance.ConformanceCase;
import org.buildengine.server.conformance.ConformanceCases;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases that need neither an image nor a host, through the door and the real fields, with trees in memory. */
class CoreConformanceTest {
    private static final Set<String> IN_MEMORY = Set.of(
            "C01", "C02", "C06", "C0A", "C0D", "C10", "C12", "C13", "C14", "C15", "C20", "C21", "C22", "C23", "C24",
            "C25", "C26", "C28", "C29", "C2C", "C2D", "C2E", "C2F", "C2G", "C2H", "C2I", "C2J", "C30", "C31", "C32",
            "C33", "C34", "C35", "C36", "C38");

    private static final CoreDoor DOOR = new CoreDoor();

    static Stream<ConformanceCase> cases() {
        return ConformanceCases.load().stream().filter(each -> IN_MEMORY.contains(each.id()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersAreAsObserved(ConformanceCase each) throws Exception {
        assertThat(DOOR.runner().run(each).differences()).isEmpty();
    }
}
