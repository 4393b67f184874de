package org.buildengine.server.graphql;

import graphql.language.Argument;
import graphql.language.BooleanValue;
import graphql.language.Document;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.OperationDefinition;
import graphql.language.SelectionSet;
import graphql.language.StringValue;
import graphql.language.TypeName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.graphql.language.Selection;
import org.buildengine.server.graphql.language.Value;

/** Makes a document for the library out of one root field of ours, with values in the places of variables. */
final class QuestionDocument {
    /** Far more than the schema is deep; the library follows documents by recursion. */
    private static final int DEEPEST = 200;

    private final FieldCollector collector;
    private final ArrayDeque<String> open = new ArrayDeque<>();
    private final Set<String> seen = new HashSet<>();

    private QuestionDocument(FieldCollector collector) {
        this.collector = collector;
    }

    /**
     * The document.
     *
     * @throws ApiException if the question is nested too deeply
     */
    static Document of(FieldCollector.Asked asked, FieldCollector collector) throws ApiException {
        return new QuestionDocument(collector).document(asked);
    }

    private Document document(FieldCollector.Asked asked) throws ApiException {
        var below = new ArrayList<graphql.language.Selection<?>>();
        for (List<Selection> set : asked.below()) {
            below.addAll(selections(set, 1));
        }
        Field root = field(asked.field(), below);
        Document.Builder document = Document.newDocument()
                .definition(OperationDefinition.newOperationDefinition()
                        .operation(OperationDefinition.Operation.QUERY)
                        .selectionSet(new SelectionSet(List.of(root)))
                        .build());
        while (!open.isEmpty()) {
            String name = open.remove();
            var fragment = collector.fragment(name);
            document.definition(FragmentDefinition.newFragmentDefinition()
                    .name(name)
                    .typeCondition(new TypeName(fragment.condition()))
                    .selectionSet(new SelectionSet(selections(fragment.selections(), 1)))
                    .build());
        }
        return document.build();
    }

    private List<graphql.language.Selection<?>> selections(List<Selection> set, int depth) throws ApiException {
        if (depth > DEEPEST) {
            throw new ApiException(
                    "INVALID_SELECTION",
                    "a question about the schema is nested deeper than " + DEEPEST + " levels; ask for less at once");
        }
        var selections = new ArrayList<graphql.language.Selection<?>>();
        for (Selection selection : set) {
            if (!collector.included(selection.directives())) {
                continue;
            }
            selections.add(
                    switch (selection) {
                        case Selection.Field field -> field(field, selections(field.selections(), depth + 1));
                        case Selection.Spread spread -> spread(spread);
                        case Selection.Inline inline ->
                            InlineFragment.newInlineFragment()
                                    .typeCondition(inline.condition()
                                            .map(TypeName::new)
                                            .orElse(null))
                                    .selectionSet(new SelectionSet(selections(inline.selections(), depth + 1)))
                                    .build();
                    });
        }
        return selections;
    }

    private Field field(Selection.Field field, List<graphql.language.Selection<?>> below) throws ApiException {
        return Field.newField(field.name())
                .alias(field.key().equals(field.name()) ? null : field.key())
                .arguments(arguments(field.arguments()))
                .selectionSet(field.selections().isEmpty() ? null : new SelectionSet(below))
                .build();
    }

    private FragmentSpread spread(Selection.Spread spread) {
        if (seen.add(spread.fragment())) {
            open.add(spread.fragment());
        }
        return FragmentSpread.newFragmentSpread(spread.fragment()).build();
    }

    /** All arguments of introspection are names and flags; what is null is as if it were not given. */
    private List<Argument> arguments(List<org.buildengine.server.graphql.language.Argument> given) throws ApiException {
        var arguments = new ArrayList<Argument>();
        for (var argument : given) {
            Object value = switch (argument.value()) {
                case Value.Variable variable -> collector.variables().get(variable.name());
                case Value.Bool(boolean flag) -> flag;
                case Value.Text(String text) -> text;
                default -> null;
            };
            if (value != null) {
                arguments.add(new Argument(argument.name(), literal(argument.name(), value)));
            }
        }
        return arguments;
    }

    private static graphql.language.Value<?> literal(String argument, Object value) throws ApiException {
        if (argument.equals("name")) {
            return StringValue.of(value.toString());
        }
        try {
            return BooleanValue.of(Coercion.flag(value));
        } catch (Coercion.MisfitException e) {
            throw new ApiException("INVALID_ARGUMENT", argument + ": " + e.getMessage());
        }
    }
}
