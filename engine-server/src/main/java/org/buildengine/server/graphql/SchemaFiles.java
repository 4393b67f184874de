package org.buildengine.server.graphql;

import static java.util.Comparator.comparing;

import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.schema.Coercing;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLNamedSchemaElement;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLSchemaElement;
import graphql.schema.GraphqlTypeComparatorEnvironment;
import graphql.schema.GraphqlTypeComparatorRegistry;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.ScalarInfo;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import graphql.schema.visibility.GraphqlFieldVisibility;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes a schema of the files beside this class. */
final class SchemaFiles {
    private static final List<String> FILES = List.of(
            "base",
            "query",
            "container",
            "directory",
            "file",
            "changeset",
            "host",
            "secret",
            "cache",
            "git",
            "http",
            "service",
            "engine",
            "value",
            "module",
            "typedef",
            "check",
            "workspace",
            "llm",
            "env",
            "legacy");

    private SchemaFiles() {}

    /**
     * Reads and checks the files.
     *
     * @throws RuntimeException if they are no schema, which is a mistake of the build; the message names the place
     */
    static GraphQLSchema read() {
        var registry = new TypeDefinitionRegistry();
        var parser = new SchemaParser();
        texts().forEach(text -> registry.merge(parser.parse(text)));
        RuntimeWiring.Builder wiring = RuntimeWiring.newRuntimeWiring()
                .comparatorRegistry(new FieldsByName())
                .fieldVisibility(new Shown());
        wiring.strictMode(false); // Int is there already, with 32 bits
        wiring.scalar(scalar("Int", "A whole number of 64 bits."));
        for (InterfaceTypeDefinition declared : registry.getTypes(InterfaceTypeDefinition.class)) {
            wiring.type(
                    declared.getName(),
                    type -> type.typeResolver(object -> {
                        throw new UnsupportedOperationException(
                                "only questions about the schema are run by the library");
                    }));
        }
        registry.scalars().forEach((name, declared) -> {
            if (!ScalarInfo.isGraphqlSpecifiedScalar(name)) {
                String about = declared.getDescription() == null
                        ? ""
                        : declared.getDescription().getContent();
                wiring.scalar(scalar(name, about));
            }
        });
        return AppliedDirectives.show(new SchemaGenerator().makeExecutableSchema(registry, wiring.build()));
    }

    /** What is in the files, those of a type before those that extend it. */
    static List<String> texts() {
        return FILES.stream().map(SchemaFiles::text).toList();
    }

    /** What is in one file. */
    static String text(String file) {
        try (InputStream in = SchemaFiles.class.getResourceAsStream("schema/" + file + ".graphqls")) {
            if (in == null) {
                throw new IllegalStateException("the schema file " + file + ".graphqls is missing from the build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GraphQLScalarType scalar(String name, String description) {
        return GraphQLScalarType.newScalar()
                .name(name)
                .description(description)
                .coercing(new AsIs())
                .build();
    }

    /** Takes every value: {@link Coercion} does what has to be done, more leniently than a library may. */
    private static final class AsIs implements Coercing<Object, Object> {
        @Override
        public Object serialize(Object value, GraphQLContext context, Locale locale) {
            return value;
        }

        @Override
        public Object parseValue(Object value, GraphQLContext context, Locale locale) {
            return value;
        }

        @Override
        public Object parseLiteral(
                Value<?> literal, CoercedVariables variables, GraphQLContext context, Locale locale) {
            return literal;
        }

        @Override
        public Value<?> valueToLiteral(Object value, GraphQLContext context, Locale locale) {
            return value instanceof Value<?> literal ? literal : StringValue.of(String.valueOf(value));
        }
    }

    /** Fields are shown by name, since those of one type come from several files; the rest as it is declared. */
    private static final class FieldsByName implements GraphqlTypeComparatorRegistry {
        @Override
        @SuppressWarnings("unchecked") // the environment says what is compared
        public <T extends GraphQLSchemaElement> Comparator<? super T> getComparator(
                GraphqlTypeComparatorEnvironment of) {
            boolean fields = GraphQLFieldDefinition.class.equals(of.getElementType());
            return fields
                    ? (Comparator<? super T>) comparing(GraphQLNamedSchemaElement::getName)
                    : GraphqlTypeComparatorRegistry.AS_IS_REGISTRY.getComparator(of);
        }
    }

    /** Hides fields whose names begin with an underscore from those who ask about the schema. */
    private static final class Shown implements GraphqlFieldVisibility {
        @Override
        public List<GraphQLFieldDefinition> getFieldDefinitions(GraphQLFieldsContainer type) {
            return type.getFieldDefinitions().stream()
                    .filter(field -> !field.getName().startsWith("_"))
                    .toList();
        }

        @Override
        public @Nullable GraphQLFieldDefinition getFieldDefinition(GraphQLFieldsContainer type, String name) {
            return type.getFieldDefinition(name);
        }
    }
}
