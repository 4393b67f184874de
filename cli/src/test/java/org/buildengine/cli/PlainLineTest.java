package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainLineTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "run true",
                "run -- true",
                "run true --embedded --help",
                "--progress=plain run python x.py",
                "run -s --progress=JSON true",
                "query",
                "query -s",
                "--quiet query"
            })
    void runsAndQueriesAreUnderstoodWithoutTheParser(String line) {
        assertThat(PlainLine.read(Map.of(), line.split(" "))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run",
                "run --",
                "run --embedded true",
                "run --help",
                "run --progress=loud true",
                "run --progress plain true",
                "--version",
                "query --doc x",
                "query x",
                "query run true",
                "run -x true",
                "session",
                "version"
            })
    void everythingElseIsLeftToTheParser(String line) {
        assertThat(PlainLine.read(Map.of(), line.split(" "))).isEmpty();
    }

    @Test
    void environmentWithAMistakeIsLeftToTheParserWhichSaysSo() {
        assertThat(PlainLine.read(Map.of("DAGGER_PROGRESS", "loud"), "query")).isEmpty();
        assertThat(PlainLine.read(Map.of("DAGGER_WORKDIR", "/none"), "query")).isEmpty();
    }
}
