package org.buildengine.server.graphql;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.graphql.language.Argument;
import org.buildengine.server.graphql.language.Directive;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;
import org.buildengine.server.graphql.language.Value;
import org.jspecify.annotations.Nullable;

/** Answers questions about the schema itself. Fields whose names begin with an underscore are not shown. */
final class Introspection {
    private final ApiSchema schema;
    private final String version;

    Introspection(ApiSchema schema, String version) {
        this.schema = schema;
        this.version = version;
    }

    /** A field of the query type. */
    @Nullable Object root(String field, Map<String, @Nullable Object> arguments) {
        return switch (field) {
            case "__schema" -> schema;
            case "__schemaVersion" -> version;
            default ->
                schema.find(String.valueOf(arguments.get("name")))
                        .map(type -> (TypeRef) new TypeRef.Named(type.name()))
                        .orElse(null);
        };
    }

    /** A field of one of the types of introspection. */
    @Nullable Object field(Object receiver, String field, Map<String, @Nullable Object> arguments) {
        boolean deprecated = Boolean.TRUE.equals(arguments.get("includeDeprecated"));
        return switch (receiver) {
            case ApiSchema whole -> schemaField(field);
            case TypeRef.Named(String name) -> typeField(schema.type(name), field, deprecated);
            case TypeRef wrapper -> wrapperField(wrapper, field);
            case TypeDefinition.Field own -> fieldField(own, field, deprecated);
            case TypeDefinition.Argument own -> argumentField(own, field);
            case TypeDefinition.Member own -> memberField(own, field);
            case TypeDefinition.DirectiveDefinition own -> directiveField(own, field, deprecated);
            case Directive own -> field.equals("name") ? own.name() : own.arguments();
            case Argument own -> field.equals("name") ? own.name() : own.value().print();
            default -> throw new IllegalArgumentException("no part of a schema: " + receiver.getClass());
        };
    }

    private @Nullable Object schemaField(String field) {
        return switch (field) {
            case "types" ->
                schema.types().stream().map(type -> new TypeRef.Named(type.name())).toList();
            case "queryType" -> new TypeRef.Named(ApiSchema.QUERY);
            case "directives" -> List.copyOf(schema.directives());
            default -> null;
        };
    }

    private @Nullable Object typeField(TypeDefinition type, String field, boolean deprecated) {
        return switch (field) {
            case "kind" -> kind(type);
            case "name" -> type.name();
            case "description" -> text(type.description());
            case "directives" -> type.directives();
            case "fields" ->
                type instanceof TypeDefinition.Composite composite
                        ? composite.fields().values().stream()
                                .filter(own -> !own.name().startsWith("_"))
                                .filter(own -> deprecated || own.deprecation().isEmpty())
                                .toList()
                        : null;
            case "interfaces" ->
                type instanceof TypeDefinition.Composite composite
                        ? composite.interfaces().stream().map(TypeRef.Named::new).toList()
                        : null;
            case "possibleTypes" ->
                type instanceof TypeDefinition.Interface
                        ? schema.possibleTypes(type.name()).stream().map(TypeRef.Named::new).toList()
                        : null;
            case "enumValues" ->
                type instanceof TypeDefinition.Enumeration enumeration
                        ? enumeration.members().values().stream()
                                .filter(own -> deprecated || own.deprecation().isEmpty())
                                .toList()
                        : null;
            case "inputFields" ->
                type instanceof TypeDefinition.Input input ? arguments(input.fields().values(), deprecated) : null;
            case "isOneOf" -> type instanceof TypeDefinition.Input ? false : null;
            default -> null;
        };
    }

    private static String kind(TypeDefinition type) {
        return switch (type) {
            case TypeDefinition.Scalar scalar -> "SCALAR";
            case TypeDefinition.Enumeration enumeration -> "ENUM";
            case TypeDefinition.Input input -> "INPUT_OBJECT";
            case TypeDefinition.Interface declared -> "INTERFACE";
            case TypeDefinition.Obj object -> "OBJECT";
        };
    }

    private static @Nullable Object wrapperField(TypeRef wrapper, String field) {
        return switch (field) {
            case "kind" -> wrapper.required() ? "NON_NULL" : "LIST";
            case "directives" -> List.of();
            case "ofType" ->
                switch (wrapper) {
                    case TypeRef.NonNull(TypeRef inner) -> inner;
                    case TypeRef.ListOf(TypeRef element) -> element;
                    case TypeRef.Named named -> null;
                };
            default -> null;
        };
    }

    private static @Nullable Object fieldField(TypeDefinition.Field own, String field, boolean deprecated) {
        return switch (field) {
            case "name" -> own.name();
            case "description" -> text(own.description());
            case "args" -> arguments(own.arguments().values(), deprecated);
            case "type" -> own.type();
            default -> common(own.deprecation(), own.directives(), field);
        };
    }

    private static @Nullable Object argumentField(TypeDefinition.Argument own, String field) {
        return switch (field) {
            case "name" -> own.name();
            case "description" -> text(own.description());
            case "type" -> own.type();
            case "defaultValue" -> own.defaultValue().map(Value::print).orElse(null);
            default -> common(own.deprecation(), own.directives(), field);
        };
    }

    private static @Nullable Object memberField(TypeDefinition.Member own, String field) {
        return switch (field) {
            case "name" -> own.name();
            case "description" -> text(own.description());
            default -> common(own.deprecation(), own.directives(), field);
        };
    }

    private static @Nullable Object directiveField(
            TypeDefinition.DirectiveDefinition own, String field, boolean deprecated) {
        return switch (field) {
            case "name" -> own.name();
            case "description" -> text(own.description());
            case "locations" -> own.locations();
            case "args" -> arguments(own.arguments().values(), deprecated);
            case "isRepeatable" -> false;
            default -> null;
        };
    }

    private static @Nullable Object common(Optional<String> deprecation, List<Directive> directives, String field) {
        return switch (field) {
            case "isDeprecated" -> deprecation.isPresent();
            case "deprecationReason" -> deprecation.orElse(null);
            case "directives" -> directives;
            default -> null;
        };
    }

    private static List<TypeDefinition.Argument> arguments(
            Collection<TypeDefinition.Argument> all, boolean deprecated) {
        var shown = new ArrayList<TypeDefinition.Argument>();
        for (TypeDefinition.Argument argument : all) {
            if (deprecated || argument.deprecation().isEmpty()) {
                shown.add(argument);
            }
        }
        return shown;
    }

    private static @Nullable String text(String description) {
        return description.isEmpty() ? null : description;
    }
}
