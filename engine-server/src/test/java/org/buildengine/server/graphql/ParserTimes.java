package org.buildengine.server.graphql;

import graphql.parser.Parser;
import graphql.parser.ParserEnvironment;
import graphql.parser.ParserOptions;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.buildengine.server.graphql.language.DocumentParser;
import org.junit.jupiter.api.Test;

/** The numbers of docs/dev/graphql.md; no part of a normal run, since nothing can be asserted about times. */
class ParserTimes {
    private static final System.Logger LOG = System.getLogger(ParserTimes.class.getName());
    private static final long STACK = 512L << 20;
    private static final ParserOptions UNLIMITED = ParserOptions.newParserOptions()
            .maxTokens(Integer.MAX_VALUE)
            .maxCharacters(Integer.MAX_VALUE)
            .maxWhitespaceTokens(Integer.MAX_VALUE)
            .maxRuleDepth(Integer.MAX_VALUE)
            .build();

    private interface Reader {
        Object read(String text) throws Exception;
    }

    @Test
    void compare() throws Exception {
        Reader theirs = text -> new Parser()
                .parseDocument(ParserEnvironment.newParserEnvironment()
                        .document(text)
                        .parserOptions(UNLIMITED)
                        .build());
        compare("own", DocumentParser::parse);
        compare("library", theirs);
        long start = System.nanoTime();
        ApiSchema.load();
        say("schema", "load", System.nanoTime() - start);
    }

    private static void compare(String name, Reader reader) throws Exception {
        tell(name, "first", reader, "{ version }", 1);
        tell(name, "chain of 200", reader, chain(200), 300);
        tell(name, "chain of 500", reader, chain(500), 60);
        tell(name, "2000 fields", reader, wide(2000), 40);
        tell(name, "chain of 10000", reader, chain(10_000), 1);
    }

    private static void tell(String name, String what, Reader reader, String text, int times) throws Exception {
        var taken = new long[times];
        var thread = new Thread(null, () -> measure(reader, text, taken), "deep", STACK);
        thread.start();
        thread.join();
        Arrays.sort(taken);
        say(name, what, taken[times / 2]);
    }

    private static void measure(Reader reader, String text, long[] taken) {
        try {
            for (int i = taken.length == 1 ? taken.length : 0; i < 2 * taken.length; i++) {
                long start = System.nanoTime();
                reader.read(text);
                taken[i % taken.length] = System.nanoTime() - start;
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void say(String name, String what, long nanos) {
        LOG.log(System.Logger.Level.INFO, String.format(Locale.ROOT, "%s, %s: %.2f ms", name, what, nanos / 1e6));
    }

    private static String chain(int depth) {
        return "{ container" + " { withEnvVariable(name: \"a\", value: \"v\")".repeat(depth) + " { id }"
                + " }".repeat(depth + 1);
    }

    private static String wide(int fields) {
        return IntStream.range(0, fields)
                .mapToObj(i -> "a" + i + ": file(name: \"f\", contents: \"c\") { size }")
                .collect(Collectors.joining(" ", "{ ", " }"));
    }
}
