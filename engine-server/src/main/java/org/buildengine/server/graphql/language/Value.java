package org.buildengine.server.graphql.language;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A value written in a document or a schema. */
public sealed interface Value {
    /** A reference to a variable of the operation; where it stands makes no difference. */
    record Variable(String name, Position at) implements Value {
        @Override
        public boolean equals(Object other) {
            return other instanceof Variable that && name.equals(that.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /** A whole number, of any size. */
    record Whole(String digits) implements Value {}

    /** A number with a fraction or an exponent. */
    record Decimal(String digits) implements Value {}

    /** A text, with escapes resolved. */
    record Text(String text) implements Value {}

    /** True or false. */
    record Bool(boolean value) implements Value {}

    /** A bare name: a member of an enum. */
    record Name(String name) implements Value {}

    /** The value null. */
    record Null() implements Value {}

    /** A list. */
    record ListOf(List<Value> elements) implements Value {}

    /** An input object, its fields in the order in which they are written. */
    record Fields(Map<String, Value> fields) implements Value {}

    /** As it would be written in a document. */
    default String print() {
        return switch (this) {
            case Variable(String name, Position at) -> "$" + name;
            case Whole(String digits) -> digits;
            case Decimal(String digits) -> digits;
            case Text(String text) -> quote(text);
            case Bool(boolean value) -> Boolean.toString(value);
            case Name(String name) -> name;
            case Null() -> "null";
            case ListOf(List<Value> elements) ->
                elements.stream().map(Value::print).collect(Collectors.joining(", ", "[", "]"));
            case Fields(Map<String, Value> fields) ->
                fields.entrySet().stream()
                        .map(field -> field.getKey() + ": " + field.getValue().print())
                        .collect(Collectors.joining(", ", "{", "}"));
        };
    }

    private static String quote(String text) {
        var out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
