package org.buildengine.server.graphql;

import static java.util.Objects.requireNonNull;

import graphql.introspection.Introspection.DirectiveLocation;
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
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;
import org.buildengine.server.graphql.language.Value;

/**
 * The served schema as checking and running documents look at it: by name, with values in our own terms, and with the
 * root fields that tell about the schema itself. Immutable.
 */
final class ApiSchema {
    /** Where queries start. */
    static final String QUERY = "Query";

    /** The root field that tells the version of the schema, which the standard does not have. */
    static final String VERSION_FIELD = "__schemaVersion";

    /** A directive that documents may use. */
    record DirectiveDefinition(Map<String, TypeDefinition.Argument> arguments, Set<DirectiveLocation> locations) {}

    private final GraphQLSchema schema;
    private final Map<String, TypeDefinition> types = new TreeMap<>();
    private final Map<String, DirectiveDefinition> directives = new TreeMap<>();
    private final Map<String, Set<String>> possible = new TreeMap<>();

    private ApiSchema(GraphQLSchema schema) {
        this.schema = schema;
        for (GraphQLNamedType type : schema.getAllTypesAsList()) {
            types.put(type.getName(), view(type));
            switch (type) {
                case GraphQLObjectType object -> possible.put(object.getName(), Set.of(object.getName()));
                case GraphQLInterfaceType declared ->
                    possible.put(
                            declared.getName(),
                            requireNonNull(schema.getImplementations(declared)).stream()
                                    .map(GraphQLObjectType::getName)
                                    .collect(Collectors.toUnmodifiableSet()));
                default -> {}
            }
        }
        for (GraphQLDirective directive : AppliedDirectives.served(schema)) {
            directives.put(
                    directive.getName(),
                    new DirectiveDefinition(
                            arguments(directive.getArguments()), Set.copyOf(directive.validLocations())));
        }
    }

    /** Read when it is first asked for, and once: the files are a part of the program. */
    private static final class Loaded {
        private static final ApiSchema SCHEMA = new ApiSchema(SchemaFiles.read());
    }

    /** The schema of the files beside this class. */
    static ApiSchema load() {
        return Loaded.SCHEMA;
    }

    /** What this is a view of. */
    GraphQLSchema served() {
        return schema;
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
        Stream<GraphQLFieldDefinition> questions = type.getName().equals(QUERY)
                ? Stream.of(
                        schema.getIntrospectionSchemaFieldDefinition(), schema.getIntrospectionTypeFieldDefinition())
                : Stream.empty();
        Stream.concat(type.getFieldDefinitions().stream(), questions)
                .forEach(field -> fields.put(
                        field.getName(),
                        new TypeDefinition.Field(
                                field.getName(), arguments(field.getArguments()), ref(field.getType()))));
        if (type.getName().equals(QUERY)) {
            var text = new TypeRef.NonNull(new TypeRef.Named("String"));
            fields.put(VERSION_FIELD, new TypeDefinition.Field(VERSION_FIELD, Map.of(), text));
        }
        return Collections.unmodifiableMap(fields);
    }

    private static Map<String, TypeDefinition.Argument> arguments(List<GraphQLArgument> declared) {
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

    /** All types, sorted by name. */
    Collection<TypeDefinition> types() {
        return Collections.unmodifiableCollection(types.values());
    }

    Optional<DirectiveDefinition> directive(String name) {
        return Optional.ofNullable(directives.get(name));
    }

    Optional<TypeDefinition> find(String name) {
        return Optional.ofNullable(types.get(name));
    }

    /** A type that the schema is known to have. */
    TypeDefinition type(String name) {
        TypeDefinition type = types.get(name);
        if (type == null) {
            throw new IllegalArgumentException("the schema has no type " + name);
        }
        return type;
    }

    /** The object type of this name. */
    TypeDefinition.Obj object(String name) {
        if (type(name) instanceof TypeDefinition.Obj object) {
            return object;
        }
        throw new IllegalArgumentException(name + " is no object type of the schema");
    }

    /** Whether the type of this name has fields. */
    boolean isComposite(String name) {
        return types.get(name) instanceof TypeDefinition.Composite;
    }

    /** Names of the object types whose objects are values of the type: itself, or those that implement it. */
    Set<String> possibleTypes(String name) {
        return possible.getOrDefault(name, Set.of());
    }

    /** Whether an object of type {@code object} is a value of {@code type}. */
    boolean isA(String object, String type) {
        return object.equals(type) || possibleTypes(type).contains(object);
    }
}
