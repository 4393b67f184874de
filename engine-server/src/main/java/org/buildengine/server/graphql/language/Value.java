package org.buildengine.server.graphql.language;

import java.util.List;
import java.util.Map;

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
}
