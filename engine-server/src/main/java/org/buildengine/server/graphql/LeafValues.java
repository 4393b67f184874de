package org.buildengine.server.graphql;

import java.util.function.Function;
import org.buildengine.server.core.CoreObject;
import org.buildengine.server.graphql.language.TypeDefinition;

/** Makes of what a resolver returned what stands in the answer, where that has no parts. */
final class LeafValues {
    private final ApiSchema schema;
    private final Function<CoreObject, String> ids;

    LeafValues(ApiSchema schema, Function<CoreObject, String> ids) {
        this.schema = schema;
        this.ids = ids;
    }

    /** The value as it is written; a mistake of the resolver if it does not fit the declared type. */
    Object leaf(Object value, String type) {
        if (schema.type(type) instanceof TypeDefinition.Enumeration enumeration) {
            return member(value, enumeration);
        }
        return switch (type) {
            case "Int" -> value instanceof Number number ? number.longValue() : wrong(value, type);
            case "Float" -> value instanceof Number number ? number.doubleValue() : wrong(value, type);
            case "Boolean" -> value instanceof Boolean ? value : wrong(value, type);
            default -> text(value, type);
        };
    }

    private Object text(Object value, String type) {
        if (value instanceof String) {
            return value;
        }
        if (value instanceof CoreObject object && type.endsWith("ID")) {
            return ids.apply(object);
        }
        return wrong(value, type);
    }

    private static Object member(Object value, TypeDefinition.Enumeration type) {
        String name = value instanceof Enum<?> constant ? constant.name() : String.valueOf(value);
        String member = type.members().get(name);
        return member == null ? wrong(value, type.name()) : member;
    }

    private static Object wrong(Object value, String type) {
        throw new IllegalStateException(
                "resolved to " + value.getClass().getSimpleName() + " although it is declared as " + type);
    }
}
