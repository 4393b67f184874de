package org.buildengine.server.graphql.language;

import java.util.Map;
import java.util.Optional;

/** What checking and running a document need to know of a type of the schema. */
public sealed interface TypeDefinition {
    /** Its name, unique in the schema. */
    String name();

    /** A value without parts. */
    record Scalar(String name) implements TypeDefinition {}

    /**
     * One of several names.
     *
     * @param members in the order of declaration, each with the name used for it in answers: its own, or the one that
     *     it is another spelling of
     */
    record Enumeration(String name, Map<String, String> members) implements TypeDefinition {}

    /** An object that is given as an argument; its fields are in the order of declaration. */
    record Input(String name, Map<String, Argument> fields) implements TypeDefinition {}

    /** Something with fields. */
    sealed interface Composite extends TypeDefinition {
        /** The fields by name. */
        Map<String, Field> fields();
    }

    /** An object type. */
    record Obj(String name, Map<String, Field> fields) implements Composite {}

    /** An interface. */
    record Interface(String name, Map<String, Field> fields) implements Composite {}

    /** A field of an object or interface; its arguments are in the order of declaration. */
    record Field(String name, Map<String, Argument> arguments, TypeRef type) {}

    /**
     * An argument of a field or directive, or a field of an input object.
     *
     * @param expectedType the type that an id given here is to have, if one is declared
     */
    record Argument(String name, TypeRef type, Optional<Value> defaultValue, Optional<String> expectedType) {
        /** Whether it has to be given. */
        public boolean required() {
            return type.required() && defaultValue.isEmpty();
        }
    }
}
