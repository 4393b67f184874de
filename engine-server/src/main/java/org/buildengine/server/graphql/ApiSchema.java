package org.buildengine.server.graphql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.buildengine.server.graphql.language.GraphqlSyntaxException;
import org.buildengine.server.graphql.language.SchemaParser;
import org.buildengine.server.graphql.language.TypeDefinition;

/** The types and directives that are served, from the schema files beside this class. Immutable. */
final class ApiSchema {
    /** Where queries start. */
    static final String QUERY = "Query";

    private static final List<String> FILES = List.of(
            "introspection", "base", "query", "container", "directory", "file", "changeset", "host", "secret", "cache",
            "git", "http", "service", "engine", "value", "module", "typedef", "check", "workspace", "llm", "env",
            "legacy");

    private final Map<String, TypeDefinition> types = new TreeMap<>();
    private final Map<String, TypeDefinition.DirectiveDefinition> directives = new TreeMap<>();
    private final Map<String, Set<String>> possible = new TreeMap<>();

    private ApiSchema() {}

    /** Reads the schema files. */
    static ApiSchema load() {
        var schema = new ApiSchema();
        var extensions = new LinkedHashMap<String, Map<String, TypeDefinition.Field>>();
        for (String file : FILES) {
            schema.read(file, extensions);
        }
        extensions.forEach(schema::extend);
        for (TypeDefinition type : schema.types.values()) {
            if (type instanceof TypeDefinition.Obj object) {
                schema.possible.computeIfAbsent(object.name(), name -> new TreeSet<>()).add(object.name());
                for (String parent : object.interfaces()) {
                    schema.possible.computeIfAbsent(parent, name -> new TreeSet<>()).add(object.name());
                }
            }
        }
        return schema;
    }

    private void read(String file, Map<String, Map<String, TypeDefinition.Field>> extensions) {
        try (InputStream in = ApiSchema.class.getResourceAsStream("schema/" + file + ".graphqls")) {
            if (in == null) {
                throw new IllegalStateException("the schema file " + file + ".graphqls is missing from the build");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            SchemaParser.parse(text, new SchemaParser.Declarations() {
                @Override
                public void type(TypeDefinition type) {
                    if (types.put(type.name(), type) != null) {
                        throw new IllegalStateException(type.name() + " is declared twice");
                    }
                }

                @Override
                public void extension(String type, Map<String, TypeDefinition.Field> fields) {
                    extensions.computeIfAbsent(type, name -> new LinkedHashMap<>()).putAll(fields);
                }

                @Override
                public void directive(TypeDefinition.DirectiveDefinition directive) {
                    directives.put(directive.name(), directive);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GraphqlSyntaxException e) {
            throw new IllegalStateException(
                    file + ".graphqls, line " + e.position().line() + ": " + e.getMessage(), e);
        }
    }

    private void extend(String name, Map<String, TypeDefinition.Field> added) {
        if (!(types.get(name) instanceof TypeDefinition.Obj type)) {
            throw new IllegalStateException(name + " is extended but not declared as a type");
        }
        var fields = new TreeMap<>(type.fields());
        fields.putAll(added);
        types.put(
                name,
                new TypeDefinition.Obj(
                        name,
                        type.description(),
                        type.directives(),
                        type.interfaces(),
                        Collections.unmodifiableMap(new LinkedHashMap<>(fields))));
    }

    /** All types, sorted by name. */
    Collection<TypeDefinition> types() {
        return Collections.unmodifiableCollection(types.values());
    }

    /** All directives, sorted by name. */
    Collection<TypeDefinition.DirectiveDefinition> directives() {
        return Collections.unmodifiableCollection(directives.values());
    }

    Optional<TypeDefinition.DirectiveDefinition> directive(String name) {
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
