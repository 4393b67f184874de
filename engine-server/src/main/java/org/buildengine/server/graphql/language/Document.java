package org.buildengine.server.graphql.language;

import java.util.List;
import java.util.Optional;

/** A document that asks for something: its operations and fragments, in the order in which they are written. */
public record Document(List<Operation> operations, List<Fragment> fragments) {
    /**
     * An operation.
     *
     * @param kind {@code query}, {@code mutation} or {@code subscription}
     */
    public record Operation(
            String kind,
            Optional<String> name,
            List<Variable> variables,
            List<Directive> directives,
            List<Selection> selections,
            Position at) {}

    /** A variable of an operation. */
    public record Variable(
            String name, TypeRef type, Optional<Value> defaultValue, List<Directive> directives, Position at) {}

    /** A named fragment. */
    public record Fragment(
            String name, String condition, List<Directive> directives, List<Selection> selections, Position at) {}
}
