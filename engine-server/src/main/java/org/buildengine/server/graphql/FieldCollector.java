package org.buildengine.server.graphql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.buildengine.server.graphql.language.Argument;
import org.buildengine.server.graphql.language.Directive;
import org.buildengine.server.graphql.language.Document;
import org.buildengine.server.graphql.language.Selection;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.Value;
import org.jspecify.annotations.Nullable;

/** Finds the fields that a document asks of an object, with the variables of one request. */
final class FieldCollector {
    /**
     * One field to be resolved.
     *
     * @param field one of those that were merged under its key
     * @param below the selection sets of all of them
     */
    record Asked(Selection.Field field, List<List<Selection>> below) {
        boolean hasSelections() {
            return !below.isEmpty();
        }
    }

    private record Frame(List<Selection> selections, int from) {}

    private final ApiSchema schema;
    private final Map<String, Document.Fragment> fragments;
    private final Map<String, @Nullable Object> variables;

    FieldCollector(
            ApiSchema schema, Map<String, Document.Fragment> fragments, Map<String, @Nullable Object> variables) {
        this.schema = schema;
        this.fragments = fragments;
        this.variables = variables;
    }

    Map<String, @Nullable Object> variables() {
        return variables;
    }

    /** A fragment that the document is known to have. */
    Document.Fragment fragment(String name) {
        return Objects.requireNonNull(fragments.get(name), name);
    }

    /** The fields asked of an object of {@code type}, each key once, in the order of the document. */
    List<Asked> collect(List<List<Selection>> sets, TypeDefinition.Obj type) {
        var byKey = new LinkedHashMap<String, Asked>();
        var spread = new HashSet<String>();
        for (List<Selection> set : sets) {
            var open = new ArrayDeque<Frame>();
            open.push(new Frame(set, 0));
            while (!open.isEmpty()) {
                Frame frame = open.pop();
                for (int i = frame.from(); i < frame.selections().size(); i++) {
                    Selection selection = frame.selections().get(i);
                    List<Selection> inner = take(selection, type, byKey, spread);
                    if (!inner.isEmpty()) {
                        open.push(new Frame(frame.selections(), i + 1));
                        open.push(new Frame(inner, 0));
                        break;
                    }
                }
            }
        }
        return new ArrayList<>(byKey.values());
    }

    /** Takes a field; of a fragment that applies, returns what is in it. */
    private List<Selection> take(
            Selection selection, TypeDefinition.Obj type, Map<String, Asked> byKey, Set<String> spread) {
        if (!included(selection.directives())) {
            return List.of();
        }
        return switch (selection) {
            case Selection.Field field -> {
                add(field, byKey);
                yield List.of();
            }
            case Selection.Inline inline ->
                inline.condition()
                                .map(condition -> schema.isA(type.name(), condition))
                                .orElse(true)
                        ? inline.selections()
                        : List.of();
            case Selection.Spread use -> {
                Document.Fragment fragment = fragments.get(use.fragment());
                yield fragment != null && schema.isA(type.name(), fragment.condition()) && spread.add(use.fragment())
                        ? fragment.selections()
                        : List.of();
            }
        };
    }

    private static void add(Selection.Field field, Map<String, Asked> byKey) {
        Asked asked = byKey.get(field.key());
        if (asked == null) {
            byKey.put(
                    field.key(),
                    new Asked(field, field.selections().isEmpty() ? List.of() : List.of(field.selections())));
        } else if (!field.selections().isEmpty()) {
            var below = new ArrayList<>(asked.below());
            below.add(field.selections());
            byKey.put(field.key(), new Asked(asked.field(), below));
        }
    }

    /** Whether the conditions of {@code include} and {@code skip} among the directives hold. */
    boolean included(List<Directive> directives) {
        for (Directive directive : directives) {
            if (directive.name().equals("include") && !condition(directive)) {
                return false;
            }
            if (directive.name().equals("skip") && condition(directive)) {
                return false;
            }
        }
        return true;
    }

    private boolean condition(Directive directive) {
        for (Argument argument : directive.arguments()) {
            if (argument.name().equals("if")) {
                return switch (argument.value()) {
                    case Value.Bool(boolean value) -> value;
                    case Value.Variable variable -> Boolean.TRUE.equals(variables.get(variable.name()));
                    case Value.Text(String text) -> text.equals("true");
                    default -> false;
                };
            }
        }
        return false;
    }
}
