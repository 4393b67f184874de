package org.buildengine.server.graphql;

import static java.util.Objects.requireNonNull;

import graphql.language.ArrayValue;
import graphql.language.BooleanValue;
import graphql.language.EnumValue;
import graphql.language.FloatValue;
import graphql.language.IntValue;
import graphql.language.NullValue;
import graphql.language.ObjectValue;
import graphql.language.StringValue;
import java.util.LinkedHashMap;
import org.buildengine.server.graphql.language.Value;
import org.jspecify.annotations.Nullable;

/** Literals of the schema files, as the library reads them, in the terms in which documents are read. */
final class Literals {
    private Literals() {}

    /** The same literal. */
    static Value ours(@Nullable Object literal) {
        return switch (literal) {
            case null -> new Value.Null();
            case NullValue nothing -> new Value.Null();
            case StringValue text -> new Value.Text(requireNonNull(text.getValue()));
            case IntValue number -> new Value.Whole(number.getValue().toString());
            case FloatValue number -> new Value.Decimal(number.getValue().toString());
            case BooleanValue flag -> new Value.Bool(flag.isValue());
            case EnumValue member -> new Value.Name(member.getName());
            case ArrayValue list ->
                new Value.ListOf(list.getValues().stream().map(Literals::ours).toList());
            case ObjectValue object -> {
                var fields = new LinkedHashMap<String, Value>();
                object.getObjectFields().forEach(field -> fields.put(field.getName(), ours(field.getValue())));
                yield new Value.Fields(fields);
            }
            default -> plain(literal);
        };
    }

    /** Values that the library declares in code, as it does for its own introspection. */
    private static Value plain(Object value) {
        return switch (value) {
            case Boolean flag -> new Value.Bool(flag);
            case String text -> new Value.Text(text);
            default -> throw new IllegalArgumentException("no literal: " + value);
        };
    }
}
