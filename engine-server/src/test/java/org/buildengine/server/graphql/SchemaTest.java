package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import graphql.introspection.IntrospectionQuery;
import graphql.introspection.IntrospectionResultToSchema;
import graphql.schema.GraphQLDirective;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLNamedSchemaElement;
import graphql.schema.GraphQLNamedType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.junit.jupiter.api.Test;

/** The schema as clients see it. */
class SchemaTest {
    private static final String TYPE =
            "type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
    private static final String ARGUMENT = "{ name defaultValue isDeprecated " + TYPE + " }";
    private static final String QUERY =
            "{ __schema { types { kind name interfaces { name } enumValues(includeDeprecated:"
                    + " true) { name } inputFields " + ARGUMENT + " fields(includeDeprecated: true) { name " + TYPE
                    + " args(includeDeprecated: true) " + ARGUMENT + " } } } }";

    private final Door door = new Door();

    @Test
    void everyTypeFieldArgumentAndDefaultOfTheProtocolAndOfOurAdditionsIsServedAndNothingElse() throws Exception {
        var served = new TreeSet<String>();
        for (JsonNode type : Door.MAPPER.readTree(door.ask(QUERY)).at("/data/__schema/types")) {
            String name = type.get("name").asText();
            if (!name.startsWith("_")
                    && !List.of("String", "Int", "Float", "Boolean", "ID").contains(name)) {
                describe(type, name, served);
            }
        }
        var expected = new TreeSet<>(lines("../graphql-signatures.txt"));
        expected.addAll(lines("../graphql-additions.txt"));
        assertThat(served).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static List<String> lines(String resource) throws IOException {
        try (InputStream in = SchemaTest.class.getResourceAsStream(resource)) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static void describe(JsonNode type, String name, Set<String> into) {
        switch (type.get("kind").asText()) {
            case "SCALAR" -> into.add("scalar " + name);
            case "ENUM" -> {
                into.add("enum " + name);
                type.get("enumValues")
                        .forEach(value ->
                                into.add(name + "::" + value.get("name").asText()));
            }
            case "INPUT_OBJECT" -> {
                into.add("input " + name);
                type.get("inputFields").forEach(field -> into.add("input " + name + "." + argument(field)));
            }
            default -> {
                var interfaces = new ArrayList<String>();
                type.get("interfaces")
                        .forEach(parent -> interfaces.add(parent.get("name").asText()));
                String kind = type.get("kind").asText().equals("OBJECT") ? "type " : "interface ";
                into.add(kind + name + (interfaces.isEmpty() ? "" : " implements " + String.join(" & ", interfaces)));
                type.get("fields").forEach(field -> into.add(name + "." + field(field)));
            }
        }
    }

    private static String field(JsonNode field) {
        var arguments = new ArrayList<String>();
        field.get("args").forEach(argument -> arguments.add(argument(argument)));
        return field.get("name").asText()
                + (arguments.isEmpty() ? "" : "(" + String.join(", ", arguments) + ")")
                + ": " + type(field.get("type"));
    }

    private static String argument(JsonNode argument) {
        String value = argument.get("defaultValue").isNull()
                ? ""
                : " = " + argument.get("defaultValue").asText();
        return argument.get("name").asText() + ": " + type(argument.get("type")) + value;
    }

    private static String type(JsonNode type) {
        return switch (type.get("kind").asText()) {
            case "NON_NULL" -> type(type.get("ofType")) + "!";
            case "LIST" -> "[" + type(type.get("ofType")) + "]";
            default -> type.get("name").asText();
        };
    }

    @Test
    void anotherImplementationUnderstandsTheStandardIntrospection() throws Exception {
        String answer = door.ask(IntrospectionQuery.INTROSPECTION_QUERY);
        Map<?, ?> data = Door.MAPPER.convertValue(Door.MAPPER.readTree(answer).get("data"), Map.class);

        @SuppressWarnings("unchecked")
        var document = new IntrospectionResultToSchema().createSchemaDefinition((Map<String, Object>) data);

        var understood = new TreeSet<String>();
        document.getDefinitionsOfType(graphql.language.SDLNamedDefinition.class)
                .forEach(definition -> understood.add(definition.getName()));
        List<String> declared = ApiSchema.load().types().stream()
                .map(type -> type.name())
                .filter(name -> !name.startsWith("__"))
                .filter(name ->
                        !List.of("String", "Int", "Float", "Boolean", "ID").contains(name))
                .toList();
        assertThat(understood).containsAll(declared);
    }

    @Test
    void everythingIsDescribed() {
        var without = new ArrayList<String>();
        for (GraphQLNamedType type : SchemaFiles.read().getAllTypesAsList()) {
            if (undescribed(type) && !type.getName().startsWith("__")) {
                without.add(type.getName());
            }
            if (type instanceof GraphQLFieldsContainer composite
                    && !type.getName().startsWith("__")) {
                for (GraphQLFieldDefinition field : composite.getFieldDefinitions()) {
                    String name = type.getName() + "." + field.getName();
                    if (undescribed(field)) {
                        without.add(name);
                    }
                    field.getArguments().stream()
                            .filter(SchemaTest::undescribed)
                            .forEach(argument -> without.add(name + "(" + argument.getName() + ")"));
                }
            }
        }
        assertThat(without).isEmpty();
    }

    private static boolean undescribed(GraphQLNamedSchemaElement element) {
        return element.getDescription() == null || element.getDescription().isBlank();
    }

    @Test
    void questionsAboutTheSchemaStandBesideOtherFieldsWithAliasesFragmentsAndVariables() throws Exception {
        String query = "query($n: String!, $old: Boolean = \"true\", $not: Boolean!) { v: version ...Q }"
                + " fragment Q on Query { t: __type(name: $n) { ...T x: kind @skip(if: $not) } directory { entries }"
                + " __schema { queryType { n: name } } no: __type(name: \"Nope\") { name } __typename }"
                + " fragment T on __Type { __typename name ... on __Type @include(if: \"true\")"
                + " { f: fields(includeDeprecated: $old) { name isDeprecated } } }";

        String answer = door.query(query, Map.of("variables", Map.of("n", "EnvFile", "not", true)))
                .text();

        assertThat(answer)
                .startsWith("{\"data\":{\"v\":\"v0.21.8\",\"t\":{\"__typename\":\"__Type\",\"name\":\"EnvFile\",\"f\":"
                        + "[{\"name\":\"asFile\",\"isDeprecated\":false}")
                .contains("\"directory\":{\"entries\":[]},\"__schema\":{\"queryType\":{\"n\":\"Query\"}},\"no\":null,"
                        + "\"__typename\":\"Query\"}")
                .doesNotContain("\"x\"");
    }

    @Test
    void aQuestionNestedWithoutEndIsRefused() throws Exception {
        assertThat(door.error("{ __type(name: \"File\") " + "{ ofType ".repeat(1000) + "{ name }" + "}".repeat(1001)))
                .isEqualTo("a question about the schema is nested deeper than 200 levels; ask for less at once");
    }

    @Test
    void hiddenFieldsAreNotTold() throws Exception {
        assertThat(door.ask("{ __type(name: \"Query\") { fields(includeDeprecated: true) { name } } }"))
                .contains("{\"name\":\"version\"}")
                .doesNotContain("{\"name\":\"_");
    }

    @Test
    void directivesAppliedToTheSchemaAreShown() throws Exception {
        assertThat(door.ask("{ __type(name: \"Volume\") { fields { name directives { name } } } c: __type(name:"
                        + " \"Changeset\") { fields { name directives { name args { name value } } } } }"))
                .contains("{\"name\":\"sync\",\"directives\":[{\"name\":\"expectedType\",\"args\":"
                        + "[{\"name\":\"name\",\"value\":\"\\\"Changeset\\\"\"}]}]}");
    }

    @Test
    void theVersionOfTheSchemaIsTold() throws Exception {
        assertThat(door.ask("{ __schemaVersion }")).isEqualTo("{\"data\":{\"__schemaVersion\":\"v0.21.8\"}}");
    }

    @Test
    void fieldsThatNobodyImplementsAreListed() {
        assertThat(door.endpoint.unsupportedFields())
                .contains("Container.publish", "LLM.model")
                .doesNotContain("Container.id", "Query.version", "Query.loadFileFromID", "Directory.entries");
    }

    @Test
    void theLibraryReadsTheSameOfTheFiles() {
        var library = new LibrarySchema();
        ApiSchema ours = ApiSchema.load();
        assertThat(ours.types().stream().map(TypeDefinition::name))
                .containsExactlyInAnyOrderElementsOf(
                        library.types().stream().map(TypeDefinition::name).toList());
        for (TypeDefinition type : library.types()) {
            assertThat(ours.type(type.name())).isEqualTo(type);
            if (type instanceof TypeDefinition.Interface) {
                assertThat(ours.possibleTypes(type.name()))
                        .as(type.name())
                        .containsExactlyInAnyOrderElementsOf(library.implementations(type.name()));
            }
        }
        for (GraphQLDirective directive : library.directives()) {
            assertThat(ours.directive(directive.getName()))
                    .contains(new ApiSchema.DirectiveDefinition(
                            LibrarySchema.arguments(directive.getArguments()), Set.copyOf(directive.validLocations())));
        }
    }
}
