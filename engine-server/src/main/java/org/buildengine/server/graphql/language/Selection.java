package org.buildengine.server.graphql.language;

import java.util.List;
import java.util.Optional;

/**
 * One entry of a selection set. Nests as deeply as the document does: never compare, hash or print one, which would
 * recurse.
 */
public sealed interface Selection {
    /** The directives that stand behind it. */
    List<Directive> directives();

    /** Where it begins. */
    Position at();

    /**
     * A field.
     *
     * @param key the response key: the alias, or the name
     * @param selections what is asked of its value; empty if there is no selection set
     */
    record Field(
            String key,
            String name,
            List<Argument> arguments,
            List<Directive> directives,
            List<Selection> selections,
            Position at)
            implements Selection {}

    /** The use of a named fragment. */
    record Spread(String fragment, List<Directive> directives, Position at) implements Selection {}

    /** A fragment written in place; without a condition it applies to the type around it. */
    record Inline(Optional<String> condition, List<Directive> directives, List<Selection> selections, Position at)
            implements Selection {}
}
