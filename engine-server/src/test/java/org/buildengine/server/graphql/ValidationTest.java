package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every text that the door says about a document or a value that it refuses. */
class ValidationTest {
    private final Door door = new Door();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{ directory { entires } } | Cannot query field \"entires\" on type \"Directory\". Did you mean \"entries\"?",
                "{ directory { qqqqqqqqqqq } } | Cannot query field \"qqqqqqqqqqq\" on type \"Directory\".",
                "{ node(id: \"x\") { plaintext } } | Cannot query field \"plaintext\" on type \"Node\". Did you mean to use an inline fragment on \"Secret\"?",
                "{ directory { withNewFile(path: \"a\") { name } } } | Field \"withNewFile\" argument \"contents\" of type \"String!\" is required, but it was not provided.",
                "{ directory { entries(pth: \"a\") } } | Unknown argument \"pth\" on field \"Directory.entries\". Did you mean \"path\"?",
                "{ directory { entries(path: \"a\", path: \"b\") } } | There can be only one argument named \"path\".",
                "{ version @nope } | Unknown directive \"@nope\".",
                "{ version @deprecated } | Directive \"@deprecated\" may not be used on FIELD.",
                "{ version @skip(if: true) @skip(if: true) } | The directive \"@skip\" can only be used once at this location.",
                "{ version @skip } | Directive \"@skip\" argument \"if\" of type \"Boolean!\" is required, but it was not provided.",
                "{ version @skip(if: true, of: 1) } | Unknown argument \"of\" on directive \"@skip\". Did you mean \"if\"?",
                "{ ...F } | Unknown fragment \"F\".",
                "{ version } fragment F on Query { version } | Fragment \"F\" is never used.",
                "{ ...F } fragment F on Query { version } fragment F on Query { version } | There can be only one fragment named \"F\".",
                "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F } | Cannot spread fragment \"F\" within itself.",
                "{ ...F } fragment F on Nope { version } | Unknown type \"Nope\". Did you mean \"Node\"?",
                "{ ...F } fragment F on Int { version } | Fragment \"F\" cannot condition on non composite type \"Int\".",
                "{ ... on Int { version } } | Fragment cannot condition on non composite type \"Int\".",
                "{ directory { ... on File { name } } } | Fragment cannot be spread here as objects of type \"Directory\" can never be of type \"File\".",
                "{ directory { ...F } } fragment F on File { name } | Fragment \"F\" cannot be spread here as objects of type \"Directory\" can never be of type \"File\".",
                "query A { version } query A { version } | There can be only one operation named \"A\".",
                "query A { version } { version } | This anonymous operation must be the only defined operation.",
                "mutation { version } | Schema does not support operation type \"mutation\"",
                "subscription { version } | Schema does not support operation type \"subscription\"",
                "query($a: String) { version } | Variable \"$a\" is never used.",
                "query Q($a: String) { version } | Variable \"$a\" is never used in operation \"Q\".",
                "{ file(name: $n, contents: \"\") { name } } | Variable \"$n\" is not defined.",
                "query Q { file(name: $n, contents: \"\") { name } } | Variable \"$n\" is not defined by operation \"Q\".",
                "query($n: String) { file(name: $n, contents: \"\") { name } } | Variable \"$n\" of type \"String\" used in position expecting type \"String!\".",
                "query($n: [String!]) { container { asService(args: [$n]) { id } } } | Variable \"$n\" of type \"[String!]\" used in position expecting type \"String!\".",
                "query($n: Directory) { directory { withNewFile(path: $n, contents: \"\") { id } } } | Variable \"$n\" cannot be non-input type \"Directory\".",
                "query($n: Strng) { version } | Unknown type \"Strng\". Did you mean \"String\" or \"Stat\"?",
                "query($n: Int, $n: Int) { file(name: \"\", contents: \"\", permissions: $n) { id } } | There can be only one variable named \"$n\".",
                "{ a: version a: defaultPlatform } | Fields \"a\" conflict because \"version\" and \"defaultPlatform\" are different fields. Use different aliases on the fields to fetch both if this was intentional.",
                "{ directory { f: file(path: \"a\") { id } f: file(path: \"b\") { id } } } | Fields \"f\" conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional.",
                "{ node(id: \"x\") { ... on File { x: size } ... on Directory { x: name } } } | Fields \"x\" conflict because they return conflicting types \"Int!\" and \"String!\". Use different aliases on the fields to fetch both if this was intentional.",
                "{ a: directory { x: name } a: directory { x: digest } } | Fields \"x\" conflict because \"name\" and \"digest\" are different fields. Use different aliases on the fields to fetch both if this was intentional.",
            })
    void anInvalidDocumentIsRefusedWithTheReason(String query, String message) throws Exception {
        assertThat(door.query(query).status()).isEqualTo(422);
        assertThat(door.error(query)).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{ version | Expected Name, found <EOF>",
                "{} | Expected Name, found }",
                "{ a(b: ) } | Unexpected )",
                "{ a(b: 1 } | Expected Name, found }",
                "{ a(b 1) } | Expected :, found Int \"1\"",
                "version | Unexpected Name \"version\"",
                "{ a ? } | Cannot parse the unexpected character \"?\".",
                "{ a(b: \"x) } | Unterminated string.",
                "{ a(b: \"\"\"x) } | Unterminated string.",
                "{ a(b: \"\\q\") } | Invalid character escape sequence: \\q.",
                "{ a(b: \"\\u12G4\") } | Invalid character escape sequence: \\u12G4.",
                "{ a(b: 01) } | Invalid number, unexpected digit after 0: \"1\".",
                "{ a(b: -) } | Invalid number, expected digit but got: \")\".",
                "{ a(b: 1.) } | Invalid number, expected digit but got: \")\".",
                "{ a(b: {c: 1, c: 2}) } | There can be only one input field named \"c\".",
                "query($a: Int = $b) { a } | Unexpected $",
                "fragment on on Query { a } | Unexpected Name \"on\"",
                "query Q($a Int) { a } | Expected :, found Name \"Int\"",
                "{ ... on { a } } | Expected Name, found {",
                "fragment F of Query { a } | Expected \"on\", found Name \"of\"",
            })
    void aTextThatIsNoDocumentIsRefusedWithTheReason(String query, String message) throws Exception {
        assertThat(door.query(query).status()).isEqualTo(422);
        assertThat(door.error(query)).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{ file(name: 1, contents: \"\") { id } } | parse field \"file\": init arg \"name\" value as String!: cannot create String from int64",
                "{ file(name: true, contents: \"\") { id } } | cannot create String from bool",
                "{ file(name: 1.5, contents: \"\") { id } } | cannot create String from float64",
                "{ file(name: bare, contents: \"\") { id } } | cannot create String from name bare",
                "{ file(name: null, contents: \"\") { id } } | cannot create String from null",
                "{ file(name: [\"x\"], contents: \"\") { id } } | cannot create String from list",
                "{ file(name: {a: 1}, contents: \"\") { id } } | cannot create String from object",
                "{ file(name: \"\", contents: \"\", permissions: \"x\") { id } } | cannot create Int from \"x\": not a whole number",
                "{ file(name: \"\", contents: \"\", permissions: 1.0) { id } } | cannot create Int from float64",
                "{ file(name: \"\", contents: \"\", permissions: 9223372036854775808) { id } } | cannot create Int from 9223372036854775808: it has more than 64 bits",
                "{ container { asService(expand: \"yes\") { id } } } | cannot create Boolean from string",
                "{ container { asService(expand: 1) { id } } } | cannot create Boolean from int64",
                "{ container { withExposedPort(port: 1, protocol: BOGUS) { id } } } | invalid enum member \"BOGUS\" for NetworkProtocol; there are TCP, UDP",
                "{ container { withExposedPort(port: 1, protocol: 1) { id } } } | cannot create NetworkProtocol from int64",
                "{ container { up(ports: [{backnd: 1}]) } } | unknown input field \"backnd\" of PortForward; there are frontend, backend, protocol",
                "{ container { up(ports: [{frontend: 1}]) } } | missing required input field \"backend\" of PortForward",
                "{ container { up(ports: [7]) } } | cannot create PortForward from int64",
                "{ container(platform: \"windows98\") { id } } | unknown operating system or architecture: \"windows98\"",
                "{ container(platform: \"linux/amd64/a/b\") { id } } | unknown operating system or architecture: \"linux/amd64/a/b\"",
            })
    void aLiteralThatDoesNotFitIsAnErrorOfTheRunThatRepeatsTheDocument(String query, String message) throws Exception {
        assertThat(door.query(query).status()).isEqualTo(200);
        assertThat(door.error(query))
                .startsWith("query:\n" + query + "\n\nerror: parse selections: ")
                .contains(message);
        assertThat(door.ask(query)).doesNotContain("\"path\"").endsWith("\"data\":null}");
    }

    @Test
    void variablesThatDoNotFitAreNamed() throws Exception {
        String query =
                "query($p: Int!, $q: NetworkProtocol) { container { withExposedPort(port: $p, protocol: $q) { id } } }";

        assertThat(door.query(query).text())
                .isEqualTo("{\"errors\":[{\"message\":\"must be defined\",\"path\":[\"variable\",\"p\"],"
                        + "\"extensions\":{\"code\":\"GRAPHQL_VALIDATION_FAILED\"}}],\"data\":null}");
        assertThat(door.query(query, Map.of("variables", Map.of("p", "x", "q", "NO")))
                        .text())
                .contains("cannot create Int from \\\"x\\\": not a whole number", "[\"variable\",\"p\"]")
                .contains("invalid enum member \\\"NO\\\"", "[\"variable\",\"q\"]");
        var nothing = new java.util.HashMap<String, Object>();
        nothing.put("p", null);
        assertThat(door.query(query, Map.of("variables", nothing)).text()).contains("cannot create Int from null");
    }

    @Test
    void anIdVariableMayBeOfAnyIdType() throws Exception {
        String id = Door.MAPPER
                .readTree(door.ask("{ directory { id } }"))
                .at("/data/directory/id")
                .asText();
        String query = "query($d: DirectoryID!) { directory { withDirectory(path: \"\", source: $d) { entries } } }";

        assertThat(door.query(query, Map.of("variables", Map.of("d", id))).text())
                .isEqualTo("{\"data\":{\"directory\":{\"withDirectory\":{\"entries\":[]}}}}");
    }

    @Test
    void severalOperationsWithoutAChoiceAreRefused() throws Exception {
        assertThat(door.error("query A { version } query B { version }")).isEqualTo("operation  not found");
    }

    @Test
    void fragmentsThatExpandWithoutEndAreRefused() throws Exception {
        var query = new StringBuilder("{ directory { ...F0 } } ");
        for (int i = 0; i < 40; i++) {
            query.append("fragment F")
                    .append(i)
                    .append(" on Directory { a: filter { ...F")
                    .append(i + 1)
                    .append(" } b: filter { ...F")
                    .append(i + 1)
                    .append(" } } ");
        }
        query.append("fragment F40 on Directory { name }");

        assertThat(door.error(query.toString()))
                .isEqualTo("The document asks for more than 1000000 fields when its fragments are expanded;"
                        + " split it into several.");
    }
}
