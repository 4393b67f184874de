package org.buildengine.server.graphql;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;
import org.buildengine.server.graphql.language.Value;
import org.buildengine.server.registry.Platform;
import org.jspecify.annotations.Nullable;

/**
 * Turns what clients write into what resolvers read: Long, Double, Boolean, String (also for ids and enum members, these
 * by their underlying name), List and Map. Strings are taken for numbers, flags and enum members, since some clients
 * quote everything; nothing else is converted. Immutable.
 */
final class Coercion {
    /** A value does not fit its type; the message is the end of a sentence. */
    static final class MisfitException extends Exception {
        private static final long serialVersionUID = 1L;

        MisfitException(String message) {
            super(message);
        }
    }

    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");
    private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

    private final ApiSchema schema;

    Coercion(ApiSchema schema) {
        this.schema = schema;
    }

    /** A value that has been coerced before: that of a variable. */
    private record Coerced(@Nullable Object value) {}

    /** Coerces a value written in a document. */
    @Nullable
    Object literal(Value value, TypeRef type, Map<String, @Nullable Object> variables) throws MisfitException {
        return coerce(raw(value, variables), type);
    }

    /** Coerces a value as JSON has it. */
    @Nullable
    Object json(@Nullable Object value, TypeRef type) throws MisfitException {
        return coerce(value, type);
    }

    private static @Nullable Object raw(Value value, Map<String, @Nullable Object> variables) {
        return switch (value) {
            case Value.Variable variable -> new Coerced(variables.get(variable.name()));
            case Value.Whole(String digits) -> new BigInteger(digits);
            case Value.Decimal(String digits) -> Double.valueOf(digits);
            case Value.Text(String text) -> text;
            case Value.Bool(boolean flag) -> flag;
            case Value.Name name -> name;
            case Value.Null nothing -> null;
            case Value.ListOf(List<Value> elements) -> {
                var list = new ArrayList<@Nullable Object>();
                for (Value element : elements) {
                    list.add(raw(element, variables));
                }
                yield list;
            }
            case Value.Fields(Map<String, Value> fields) -> {
                var map = new LinkedHashMap<String, @Nullable Object>();
                fields.forEach((name, field) -> map.put(name, raw(field, variables)));
                yield map;
            }
        };
    }

    private @Nullable Object coerce(@Nullable Object given, TypeRef type) throws MisfitException {
        Object raw = given instanceof Coerced coerced ? coerced.value() : given;
        if (raw == null) {
            if (type.required()) {
                throw misfit(type.name(), null);
            }
            return null;
        }
        TypeRef nullable = type.nullable();
        if (nullable instanceof TypeRef.ListOf(TypeRef element)) {
            return list(raw, element, given instanceof Coerced);
        }
        return given instanceof Coerced ? raw : named(raw, nullable.name());
    }

    /** A single value stands for a list of one, as GraphQL has it. */
    private List<@Nullable Object> list(Object raw, TypeRef element, boolean coerced) throws MisfitException {
        List<?> elements = raw instanceof List<?> many ? many : List.of(raw);
        var list = new ArrayList<@Nullable Object>(elements.size());
        for (Object value : elements) {
            list.add(coerced ? value : coerce(value, element));
        }
        return list;
    }

    private @Nullable Object named(Object raw, String name) throws MisfitException {
        return switch (schema.type(name)) {
            case TypeDefinition.Enumeration type -> member(raw, type);
            case TypeDefinition.Input type -> input(raw, type);
            case TypeDefinition.Scalar type -> scalar(raw, type.name());
            case TypeDefinition.Composite type -> throw misfit(type.name(), raw);
        };
    }

    private @Nullable Object scalar(Object raw, String name) throws MisfitException {
        return switch (name) {
            case "Int" -> integer(raw);
            case "Boolean" -> flag(raw);
            case "Float" -> decimal(raw);
            case "Platform" -> {
                String text = text(raw, name);
                yield text.isEmpty() ? null : platform(text);
            }
            case "Void" -> throw misfit(name, raw);
            default -> text(raw, name);
        };
    }

    private static String platform(String text) throws MisfitException {
        try {
            return Platform.parse(text).toString();
        } catch (IllegalArgumentException e) {
            throw new MisfitException(String.valueOf(e.getMessage()));
        }
    }

    private static String text(Object raw, String type) throws MisfitException {
        if (raw instanceof String text) {
            return text;
        }
        throw misfit(type, raw);
    }

    private static Long integer(Object raw) throws MisfitException {
        try {
            return switch (raw) {
                case BigInteger number -> number.longValueExact();
                case Long number -> number;
                case Integer number -> number.longValue();
                case String text -> parse(text);
                default -> throw misfit("Int", raw);
            };
        } catch (NumberFormatException e) {
            throw new MisfitException("cannot create Int from \"" + raw + "\": not a whole number");
        } catch (ArithmeticException e) {
            throw new MisfitException("cannot create Int from " + raw + ": it has more than 64 bits");
        }
    }

    /** Decimal, or with one of the prefixes 0x, 0o, 0b. */
    private static long parse(String text) {
        String digits = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        int radix = switch (digits.length() > 2 ? digits.substring(0, 2) : "") {
            case "0x", "0X" -> 16;
            case "0o", "0O" -> 8;
            case "0b", "0B" -> 2;
            default -> 10;
        };
        String sign = text.startsWith("-") ? "-" : "";
        return Long.parseLong(sign + (radix == 10 ? digits : digits.substring(2)), radix);
    }

    private static Double decimal(Object raw) throws MisfitException {
        return switch (raw) {
            case Number number -> number.doubleValue();
            default -> throw misfit("Float", raw);
        };
    }

    /** A flag, which may be quoted. */
    static Boolean flag(Object raw) throws MisfitException {
        if (raw instanceof Boolean flag) {
            return flag;
        }
        if (raw instanceof String text && (TRUE.contains(text) || FALSE.contains(text))) {
            return TRUE.contains(text);
        }
        throw misfit("Boolean", raw);
    }

    private static String member(Object raw, TypeDefinition.Enumeration type) throws MisfitException {
        String name = switch (raw) {
            case String text -> text;
            case Value.Name(String bare) -> bare;
            default -> throw misfit(type.name(), raw);
        };
        String member = type.members().get(name);
        if (member == null) {
            throw new MisfitException("invalid enum member \"" + name + "\" for " + type.name() + "; there are "
                    + String.join(", ", type.members().keySet()));
        }
        return member;
    }

    private Map<String, @Nullable Object> input(Object raw, TypeDefinition.Input type) throws MisfitException {
        if (!(raw instanceof Map<?, ?> given)) {
            throw misfit(type.name(), raw);
        }
        for (Object name : given.keySet()) {
            if (!type.fields().containsKey(name)) {
                throw new MisfitException("unknown input field \"" + name + "\" of " + type.name() + "; there are "
                        + String.join(", ", type.fields().keySet()));
            }
        }
        var object = new LinkedHashMap<String, @Nullable Object>();
        for (TypeDefinition.Argument field : type.fields().values()) {
            if (field.required() && given.get(field.name()) == null) {
                throw new MisfitException("missing required input field \"" + field.name() + "\" of " + type.name());
            }
            object.put(field.name(), orDefault(coerceField(given.get(field.name()), field.type()), field));
        }
        return object;
    }

    private @Nullable Object coerceField(@Nullable Object raw, TypeRef type) throws MisfitException {
        return raw == null ? null : coerce(raw, type);
    }

    /** The value, or what is declared for a value that is not given or null. */
    @Nullable
    Object orDefault(@Nullable Object value, TypeDefinition.Argument argument) throws MisfitException {
        if (value != null || argument.defaultValue().isEmpty()) {
            return value;
        }
        return literal(argument.defaultValue().get(), argument.type(), Map.of());
    }

    private static MisfitException misfit(String type, @Nullable Object raw) {
        String what = switch (raw) {
            case null -> "null";
            case String text -> "string";
            case BigInteger number -> "int64";
            case Long number -> "int64";
            case Integer number -> "int64";
            case Double number -> "float64";
            case Boolean flag -> "bool";
            case Value.Name name -> "name " + name.name();
            case List<?> list -> "list";
            case Map<?, ?> map -> "object";
            default -> raw.getClass().getSimpleName();
        };
        return new MisfitException("cannot create " + type + " from " + what);
    }
}
