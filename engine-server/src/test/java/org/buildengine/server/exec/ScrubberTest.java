package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ScrubberTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String scrub(List<String> secrets, String... chunks) {
        var scrubber = new Scrubber(secrets.stream().map(ScrubberTest::bytes).toList());
        var out = new StringBuilder();
        for (String chunk : chunks) {
            out.append(new String(scrubber.scrub(bytes(chunk)), StandardCharsets.UTF_8));
        }
        return out.append(new String(scrubber.finish(), StandardCharsets.UTF_8)).toString();
    }

    @Test
    void secretsAreMaskedAcrossChunksOverlapsAndWithoutTheirWhiteSpace() {
        assertThat(scrub(List.of("secret"), "a sec", "ret b sec")).isEqualTo("a *** b sec");
        assertThat(scrub(List.of("abc", "bcd"), "xabcdx")).isEqualTo("x***x");
        assertThat(scrub(List.of(" pass\n"), "pass")).isEqualTo("***");
        assertThat(scrub(List.of(""), "text")).isEqualTo("text");
    }

    @RepeatedTest(200)
    void theCutsOfTheStreamDoNotMatter(RepetitionInfo repetition) {
        long seed = repetition.getCurrentRepetition();
        var random = new Random(seed);
        var text = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            text.append("abc".charAt(random.nextInt(3)));
        }
        List<String> secrets = List.of("abca", "cab", "aaa");
        String[] chunks = text.toString().split("(?<=\\G.{" + (1 + random.nextInt(7)) + "})", -1);

        String inPieces = scrub(secrets, chunks);

        assertThat(inPieces).as("seed %d", seed).isEqualTo(scrub(secrets, text.toString()));
        assertThat(secrets).as("seed %d", seed).noneMatch(inPieces::contains);
    }
}
