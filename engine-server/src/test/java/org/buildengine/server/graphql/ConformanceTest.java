package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.buildengine.server.conformance.ConformanceCase;
import org.buildengine.server.conformance.ConformanceCases;
import org.buildengine.server.conformance.ConformanceRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases about the protocol itself, against the door without a server around it. */
class ConformanceTest {
    private static final Set<String> PROTOCOL = Set.of(
            "C01", "C02", "C03", "C04", "C06", "C08", "C09", "C0A", "C0B", "C0C", "C0D", "C0E", "C10", "C12", "C13",
            "C14", "C15");

    private static ConformanceRunner runner() {
        var door = new Door();
        return new ConformanceRunner(
                body -> {
                    GraphqlResponse response = door.post(new String(body, StandardCharsets.UTF_8));
                    return new ConformanceRunner.Reply(response.status(), response.text());
                },
                Map.of("ALPINE", "alpine:3.22.1"),
                Optional.empty());
    }

    static Stream<ConformanceCase> protocolCases() {
        return ConformanceCases.load().stream().filter(each -> PROTOCOL.contains(each.id()));
    }

    @ParameterizedTest
    @MethodSource("protocolCases")
    void protocolIsAsObserved(ConformanceCase each) throws Exception {
        assertThat(runner().run(each).differences()).isEmpty();
    }

    @Test
    void documentsOfAllCasesFitTheSchemaUnlessTheyAreMeantNotTo() throws Exception {
        ConformanceRunner runner = runner();
        var wrong = new TreeSet<String>();
        for (ConformanceCase each : ConformanceCases.load()) {
            runner.run(each).differences().stream()
                    .filter(difference -> difference.contains(": status "))
                    .forEach(wrong::add);
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void aCaseThatNeedsMoreNamesTheFieldThatIsMissing() throws Exception {
        ConformanceCase search = ConformanceCases.load().stream()
                .filter(each -> each.id().equals("C36"))
                .findFirst()
                .orElseThrow();

        ConformanceRunner.Result result = runner().run(search);

        assertThat(result.passed()).isFalse();
        assertThat(result.unsupported()).containsExactly("Container.stdout");
    }

    @Test
    void thereAreNinetyFiveCases() {
        assertThat(ConformanceCases.load()).hasSize(95).doesNotHaveDuplicates();
    }
}
