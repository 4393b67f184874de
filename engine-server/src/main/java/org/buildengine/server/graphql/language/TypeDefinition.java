package org.buildengine.server.graphql.language;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A type that a schema declares. */
public sealed interface TypeDefinition {
    /** Its name, unique in the schema. */
    String name();

    /** What it is, for people; may be empty. */
    String description();

    /** The directives on its declaration. */
    List<Directive> directives();

    /** A value without parts. */
    record Scalar(String name, String description, List<Directive> directives) implements TypeDefinition {}

    /** One of several names; the members in the order of declaration. */
    record Enumeration(String name, String description, List<Directive> directives, Map<String, Member> members)
            implements TypeDefinition {}

    /** An object that is given as an argument. */
    record Input(String name, String description, List<Directive> directives, Map<String, Argument> fields)
            implements TypeDefinition {}

    /** Something with fields. */
    sealed interface Composite extends TypeDefinition {
        /** The fields in the order of declaration. */
        Map<String, Field> fields();

        /** Names of the interfaces, sorted. */
        List<String> interfaces();
    }

    /** An object type. */
    record Obj(
            String name,
            String description,
            List<Directive> directives,
            List<String> interfaces,
            Map<String, Field> fields)
            implements Composite {}

    /** An interface. */
    record Interface(
            String name,
            String description,
            List<Directive> directives,
            List<String> interfaces,
            Map<String, Field> fields)
            implements Composite {}

    /** A field of an object or interface. */
    record Field(
            String name, String description, Map<String, Argument> arguments, TypeRef type, List<Directive> directives) {
        /** Why it should not be used any more, if so. */
        public Optional<String> deprecation() {
            return TypeDefinition.deprecation(directives);
        }
    }

    /** An argument of a field or directive, or a field of an input object. */
    record Argument(
            String name,
            String description,
            TypeRef type,
            Optional<Value> defaultValue,
            List<Directive> directives) {
        /** Why it should not be used any more, if so. */
        public Optional<String> deprecation() {
            return TypeDefinition.deprecation(directives);
        }

        /** Whether it has to be given. */
        public boolean required() {
            return type.required() && defaultValue.isEmpty();
        }

        /** The type that an id given here is to have, if one is declared. */
        public Optional<String> expectedType() {
            return TypeDefinition.directive(directives, "expectedType", "name");
        }
    }

    /** A member of an enum. */
    record Member(String name, String description, List<Directive> directives) {
        /** The name that is used for it in answers: its own, or the one that it is an alias of. */
        public String value() {
            return TypeDefinition.directive(directives, "enumValue", "value").orElse(name);
        }

        /** Why it should not be used any more, if so. */
        public Optional<String> deprecation() {
            return TypeDefinition.deprecation(directives);
        }
    }

    /** A directive that a schema declares. */
    record DirectiveDefinition(
            String name, String description, Map<String, Argument> arguments, List<String> locations) {}

    private static Optional<String> deprecation(List<Directive> directives) {
        boolean deprecated = directives.stream().anyMatch(d -> d.name().equals("deprecated"));
        return deprecated
                ? directive(directives, "deprecated", "reason").or(() -> Optional.of("No longer supported"))
                : Optional.empty();
    }

    private static Optional<String> directive(List<Directive> directives, String name, String argument) {
        return directives.stream()
                .filter(directive -> directive.name().equals(name))
                .flatMap(directive -> directive.arguments().stream())
                .filter(given -> given.name().equals(argument))
                .flatMap(given -> given.value() instanceof Value.Text(String text)
                        ? Stream.of(text)
                        : Stream.empty())
                .findFirst();
    }
}
