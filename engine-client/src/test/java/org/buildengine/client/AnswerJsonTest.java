package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How answers are printed. */
class AnswerJsonTest {
    private static String deep(int levels) {
        return "{\"a\":".repeat(levels) + "[]" + "}".repeat(levels);
    }

    @Test
    void eachLevelIsFourBlanksFurtherIn() throws Exception {
        assertThat(AnswerJson.pretty(AnswerJson.read("{\"a\":{\"b\":[1,{\"c\":\"d\"}]},\"e\":null}")))
                .isEqualTo("""
                        {
                            "a": {
                                "b": [
                                    1,
                                    {
                                        "c": "d"
                                    }
                                ]
                            },
                            "e": null
                        }""");
    }

    @Test
    void answerOfAThousandLevelsIsIndentedAsFarAsSomebodyReadsIt() throws Exception {
        String text = AnswerJson.pretty(AnswerJson.read(deep(1000)));
        assertThat(text.lines()).hasSize(2 * 1000 + 1).startsWith("{", "    \"a\": {", "        \"a\": {");
        assertThat(text.lines()
                        .mapToInt(line -> line.length() - line.stripLeading().length())
                        .max())
                .hasValue(400);
        assertThat(text.replaceAll("\\s", "")).isEqualTo(deep(1000));
    }

    @Test
    void lengthGrowsWithTheDepthAndNotWithItsSquare() throws Exception {
        for (int levels : new int[] {2000, 10_000}) {
            assertThat(AnswerJson.pretty(AnswerJson.read(deep(levels))).length())
                    .isLessThan(levels * 850);
        }
    }
}
