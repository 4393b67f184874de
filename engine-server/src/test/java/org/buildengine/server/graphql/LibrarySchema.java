package org.buildengine.server.graphql;

import static java.util.Objects.requireNonNull;

import graphql.language.StringValue;
import graphql.schema.GraphQLAppliedDirective;
import graphql.schema.GraphQLAppliedDirectiveArgument;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLDirective;
import graphql.schema.GraphQLDirectiveContainer;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLInterfaceType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.InputValueWithState;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;
import org.buildengine.server.graphql.language.Value;

/** The schema files as the library reads them, in the terms in which documents are checked and run. */
final class LibrarySchema {
    private final GraphQLSchema schema = SchemaFiles.read();

    /** All types, in no order. */
    List<TypeDefinition> types() {
        return schema.getAllTypesAsList().stream().map(this::view).toList();
    }

    /** The directives that are served. */
    List<GraphQLDirective> directives() {
        return AppliedDirectives.served(schema);
    }

    /** Names of the object types that implement an interface. */
    List<String> implementations(String name) {
        return requireNonNull(schema.getImplementations(requireNonNull(schema.getTypeAs(name)))).stream()
                .map(GraphQLObjectType::getName)
                .toList();
    }

    private TypeDefinition view(GraphQLNamedType type) {
        return switch (type) {
            case GraphQLObjectType object -> new TypeDefinition.Obj(object.getName(), fields(object));
            case GraphQLInterfaceType declared -> new TypeDefinition.Interface(declared.getName(), fields(declared));
            case GraphQLEnumType enumeration -> {
                var members = new LinkedHashMap<String, String>();
                enumeration
                        .getValues()
                        .forEach(member -> members.put(
                                member.getName(),
                                told(member, "enumValue", "value").orElse(member.getName())));
                yield new TypeDefinition.Enumeration(enumeration.getName(), Collections.unmodifiableMap(members));
            }
            case GraphQLInputObjectType input -> {
                var fields = new LinkedHashMap<String, TypeDefinition.Argument>();
                input.getFields()
                        .forEach(field -> fields.put(
                                field.getName(),
                                argument(field.getName(), field.getType(), field.getInputFieldDefaultValue(), field)));
                yield new TypeDefinition.Input(input.getName(), Collections.unmodifiableMap(fields));
            }
            default -> new TypeDefinition.Scalar(type.getName());
        };
    }

    private Map<String, TypeDefinition.Field> fields(GraphQLFieldsContainer type) {
        var fields = new LinkedHashMap<String, TypeDefinition.Field>();
        Stream<GraphQLFieldDefinition> questions = type.getName().equals(ApiSchema.QUERY)
                ? Stream.of(
                        schema.getIntrospectionSchemaFieldDefinition(), schema.getIntrospectionTypeFieldDefinition())
                : Stream.empty();
        Stream.concat(type.getFieldDefinitions().stream(), questions)
                .forEach(field -> fields.put(
                        field.getName(),
                        new TypeDefinition.Field(
                                field.getName(), arguments(field.getArguments()), ref(field.getType()))));
        if (type.getName().equals(ApiSchema.QUERY)) {
            var text = new TypeRef.NonNull(new TypeRef.Named("String"));
            fields.put(ApiSchema.VERSION_FIELD, new TypeDefinition.Field(ApiSchema.VERSION_FIELD, Map.of(), text));
        }
        return Collections.unmodifiableMap(fields);
    }

    static Map<String, TypeDefinition.Argument> arguments(List<GraphQLArgument> declared) {
        var arguments = new LinkedHashMap<String, TypeDefinition.Argument>();
        declared.forEach(each -> arguments.put(
                each.getName(), argument(each.getName(), each.getType(), each.getArgumentDefaultValue(), each)));
        return Collections.unmodifiableMap(arguments);
    }

    private static TypeDefinition.Argument argument(
            String name, GraphQLInputType type, InputValueWithState value, GraphQLDirectiveContainer declared) {
        Optional<Value> defaultValue = value.isSet() ? Optional.of(Literals.ours(value.getValue())) : Optional.empty();
        return new TypeDefinition.Argument(name, ref(type), defaultValue, told(declared, "expectedType", "name"));
    }

    private static TypeRef ref(GraphQLType type) {
        return switch (type) {
            case GraphQLNonNull required -> new TypeRef.NonNull(ref(required.getWrappedType()));
            case GraphQLList list -> new TypeRef.ListOf(ref(list.getWrappedType()));
            case GraphQLNamedType named -> new TypeRef.Named(named.getName());
            default -> throw new IllegalArgumentException("no type: " + type);
        };
    }

    /** The text that a directive on a declaration was given. */
    private static Optional<String> told(GraphQLDirectiveContainer declared, String directive, String argument) {
        for (GraphQLAppliedDirective applied : declared.getAppliedDirectives(directive)) {
            GraphQLAppliedDirectiveArgument given = applied.getArgument(argument);
            if (given != null && given.getArgumentValue().getValue() instanceof StringValue text) {
                return Optional.ofNullable(text.getValue());
            }
        }
        return Optional.empty();
    }
}
