package org.buildengine.server.graphql;

import graphql.introspection.Introspection.DirectiveLocation;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.buildengine.server.graphql.language.GraphqlSyntaxException;
import org.buildengine.server.graphql.language.SchemaReader;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;

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

    private final Map<String, TypeDefinition> types = new TreeMap<>();
    private final Map<String, DirectiveDefinition> directives = new TreeMap<>();
    private final Map<String, Set<String>> possible = new TreeMap<>();

    private ApiSchema() {
        SchemaFiles.texts().forEach(this::read);
        read(SchemaFiles.text("introspection"));
        var text = new TypeRef.NonNull(new TypeRef.Named("String"));
        add(QUERY, Map.of(VERSION_FIELD, new TypeDefinition.Field(VERSION_FIELD, Map.of(), text)));
    }

    private void read(String text) {
        try {
            SchemaReader.read(text, new SchemaReader.Declarations() {
                @Override
                public void type(TypeDefinition type, List<String> interfaces) {
                    types.put(type.name(), type);
                    if (type instanceof TypeDefinition.Obj) {
                        possible(type.name(), type.name());
                        interfaces.forEach(declared -> possible(declared, type.name()));
                    }
                }

                @Override
                public void fields(String type, Map<String, TypeDefinition.Field> fields) {
                    add(type, fields);
                }

                @Override
                public void directive(
                        String name, Map<String, TypeDefinition.Argument> arguments, List<String> locations) {
                    directives.put(
                            name,
                            new DirectiveDefinition(
                                    arguments,
                                    locations.stream()
                                            .map(DirectiveLocation::valueOf)
                                            .collect(Collectors.toUnmodifiableSet())));
                }
            });
        } catch (GraphqlSyntaxException e) {
            throw new IllegalStateException("a file of the schema cannot be read, " + e.position(), e);
        }
    }

    private void possible(String type, String object) {
        possible.computeIfAbsent(type, name -> new TreeSet<>()).add(object);
    }

    /** The files of a type are read before those that extend it. */
    private void add(String type, Map<String, TypeDefinition.Field> fields) {
        var all = new LinkedHashMap<>(object(type).fields());
        all.putAll(fields);
        types.put(type, new TypeDefinition.Obj(type, all));
    }

    /** Read when it is first asked for, and once: the files are a part of the program. */
    private static final class Loaded {
        private static final ApiSchema SCHEMA = new ApiSchema();
    }

    /** The schema of the files beside this class. */
    static ApiSchema load() {
        return Loaded.SCHEMA;
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
