package org.buildengine.server.graphql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.core.FieldRegistry;
import org.buildengine.server.core.FieldResolver;
import org.buildengine.server.graphql.language.TypeDefinition;

/**
 * The resolvers of the schema's fields. Filled by one thread at start, only read from then on. The fields of the door
 * itself (ids, {@code node} and the loaders, {@code version}, {@code defaultPlatform}, introspection) do not belong here.
 */
public final class FieldTable implements FieldRegistry {
    private final Map<String, FieldResolver> resolvers = new HashMap<>();

    @Override
    public void field(String type, String field, FieldResolver resolver) {
        if (resolvers.putIfAbsent(type + "." + field, resolver) != null) {
            throw new IllegalStateException("the field " + type + "." + field + " is registered twice");
        }
    }

    Optional<FieldResolver> find(String type, String field) {
        return Optional.ofNullable(resolvers.get(type + "." + field));
    }

    /** Refuses to start with a field that clients could never ask for. */
    void verify(ApiSchema schema) {
        var wrong = new ArrayList<String>();
        for (String name : resolvers.keySet()) {
            String type = name.substring(0, name.indexOf('.'));
            String field = name.substring(name.indexOf('.') + 1);
            boolean known = schema.find(type).orElse(null) instanceof TypeDefinition.Obj object
                    && object.fields().containsKey(field);
            if (!known || DoorFields.owns(type, field)) {
                wrong.add(name + (known ? " (the door answers it itself)" : " (the schema has no such field)"));
            }
        }
        if (!wrong.isEmpty()) {
            wrong.sort(null);
            throw new IllegalStateException("fields that cannot be registered: " + String.join(", ", wrong));
        }
    }

    /** The fields of the schema that nobody implements, as {@code Type.field}, sorted. */
    List<String> missing(ApiSchema schema) {
        var missing = new ArrayList<String>();
        for (TypeDefinition type : schema.types()) {
            if (type instanceof TypeDefinition.Obj object && !object.name().startsWith("_")) {
                for (String field : object.fields().keySet()) {
                    if (!DoorFields.owns(object.name(), field)
                            && find(object.name(), field).isEmpty()) {
                        missing.add(object.name() + "." + field);
                    }
                }
            }
        }
        missing.sort(null);
        return missing;
    }
}
