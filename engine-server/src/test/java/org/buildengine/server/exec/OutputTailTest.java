package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputTailTest {
    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void shortOutputIsWholeWithoutWhiteSpaceAtItsEnds() {
        var tail = new OutputTail();
        tail.add(ascii("\n one\n"));
        tail.add(ascii("two \n\n"));
        assertThat(tail.text()).isEqualTo("one\ntwo");
        assertThat(new OutputTail().text()).isEmpty();
    }

    @Test
    void oneLongPieceAfterAShortOneKeepsItsEnd() {
        var tail = new OutputTail();
        tail.add(ascii("short\n"));
        tail.add(ascii("x".repeat(2 * OutputTail.LIMIT) + "end"));
        assertThat(tail.text())
                .startsWith("[omitting " + (OutputTail.LIMIT + 9) + " bytes]...x")
                .endsWith("xend")
                .hasSize(OutputTail.LIMIT);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                1,
                4095,
                4097,
                OutputTail.LIMIT - 1,
                OutputTail.LIMIT,
                OutputTail.LIMIT + 1,
                3 * OutputTail.LIMIT + 17
            })
    void whateverThePiecesTheLastBytesAreKept(int length) {
        long seed = 42L + length;
        var random = new Random(seed);
        var all = new StringBuilder();
        for (int i = 0; i < length; i++) {
            all.append((char) ('a' + random.nextInt(26)));
        }
        var tail = new OutputTail();
        for (int at = 0; at < length; ) {
            int n = Math.min(length - at, 1 + random.nextInt(random.nextInt(10) == 0 ? 2 * OutputTail.LIMIT : 5000));
            tail.add(ascii(all.substring(at, at + n)));
            at += n;
        }

        String text = tail.text();

        if (length <= OutputTail.LIMIT) {
            assertThat(text).as("seed %d", seed).isEqualTo(all.toString());
        } else {
            String note = "[omitting " + (length - OutputTail.LIMIT) + " bytes]...";
            assertThat(text)
                    .as("seed %d", seed)
                    .isEqualTo(note + all.substring(length - OutputTail.LIMIT + note.length()));
        }
    }
}
