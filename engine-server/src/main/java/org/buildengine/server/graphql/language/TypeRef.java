package org.buildengine.server.graphql.language;

/** A type as it is written where something is declared: a name, a list, or one of these that cannot be null. */
public sealed interface TypeRef {
    /** A type by its name. */
    record Named(String name) implements TypeRef {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A list. */
    record ListOf(TypeRef element) implements TypeRef {
        @Override
        public String toString() {
            return "[" + element + "]";
        }
    }

    /** Never null. */
    record NonNull(TypeRef type) implements TypeRef {
        @Override
        public String toString() {
            return type + "!";
        }
    }

    /** The name that is left when lists and exclamation marks are taken away. */
    default String name() {
        TypeRef type = this;
        while (true) {
            switch (type) {
                case Named(String name) -> {
                    return name;
                }
                case ListOf(TypeRef element) -> type = element;
                case NonNull(TypeRef inner) -> type = inner;
            }
        }
    }

    /** This type without the exclamation mark at its end. */
    default TypeRef nullable() {
        return this instanceof NonNull(TypeRef inner) ? inner : this;
    }

    /** Whether null is not among the values. */
    default boolean required() {
        return this instanceof NonNull;
    }
}
