package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.parser.InvalidSyntaxException;
import graphql.parser.Parser;
import java.util.List;
import java.util.Random;
import org.buildengine.server.graphql.language.DocumentParser;
import org.buildengine.server.graphql.language.GraphqlSyntaxException;
import org.buildengine.server.graphql.language.Selection;
import org.buildengine.server.graphql.language.Value;
import org.junit.jupiter.api.Test;

/** The language against another implementation of it. */
class LanguageTest {
    private static final List<String> PARTS = List.of(
            "{",
            "}",
            "{ a ",
            "(",
            ")",
            "a",
            "b: c",
            "...",
            "... on T {",
            "fragment F on T",
            "query",
            "$v",
            "($v: Int = 1)",
            "[1, 2]",
            "(a: 1)",
            "(a: {b: \"c\"})",
            "@d",
            "\"x\"",
            "\"\"\"y\"\"\"",
            "-1.5e3",
            "!",
            ":",
            "=",
            "true",
            "null",
            "# c\n",
            ",",
            "&",
            "|");

    @Test
    void randomDocumentsAreTakenAndRefusedAsByTheOther() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        int taken = 0;
        for (int i = 0; i < 4000; i++) {
            var text = new StringBuilder("{ a ");
            for (int j = random.nextInt(8); j >= 0; j--) {
                text.append(PARTS.get(random.nextInt(PARTS.size()))).append(' ');
            }
            text.append("}".repeat(random.nextInt(3)));
            boolean ours = ours(text.toString());
            assertThat(ours).as("seed %d: %s", seed, text).isEqualTo(theirs(text.toString()));
            taken += ours ? 1 : 0;
        }
        assertThat(taken).as("seed %d", seed).isPositive();
    }

    private static boolean ours(String text) {
        try {
            DocumentParser.parse(text);
            return true;
        } catch (GraphqlSyntaxException e) {
            return false;
        }
    }

    private static boolean theirs(String text) {
        try {
            new Parser().parseDocument(text);
            return true;
        } catch (InvalidSyntaxException e) {
            return false;
        }
    }

    @Test
    void stringsMeanWhatTheSpecificationSays() throws Exception {
        assertThat(text("\"a\\n\\t\\\\\\\"\\/\\b\\f\\r\\u00e9\\u{1F600}\""))
                .isEqualTo("a\n\t\\\"/\b\f\r\u00e9\ud83d\ude00");
        assertThat(text("\"\"\"\n    one\n      two \\\"\"\" \"q\"\n\n    three\n  \"\"\""))
                .isEqualTo("one\n  two \"\"\" \"q\"\n\nthree");
        assertThat(text("\"\"\"x\r\n y\"\"\"")).isEqualTo("x\ny");
    }

    private static String text(String literal) throws GraphqlSyntaxException {
        var field = (Selection.Field) DocumentParser.parse("{ f(a: " + literal + ") }")
                .operations()
                .getFirst()
                .selections()
                .getFirst();
        return ((Value.Text) field.arguments().getFirst().value()).text();
    }

    @Test
    void valuesNestedWithoutEndAreRefused() throws Exception {
        assertThat(new Door().error("{ f(a: " + "[".repeat(100_000) + ") }"))
                .isEqualTo("Values nested deeper than 200");
        assertThat(new Door().error("query($a: " + "[".repeat(100_000) + ") { f }"))
                .isEqualTo("Lists nested deeper than 200");
    }
}
