package org.buildengine.server.graphql;

import graphql.introspection.Introspection.DirectiveLocation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.server.graphql.language.Argument;
import org.buildengine.server.graphql.language.Directive;
import org.buildengine.server.graphql.language.Document;
import org.buildengine.server.graphql.language.Position;
import org.buildengine.server.graphql.language.Selection;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;
import org.buildengine.server.graphql.language.Value;

/**
 * Checks a document against the schema, with the rules of GraphQL but for two: the types of literals and missing
 * selections of objects are found when the document is run, since some clients quote what they should not. Works
 * through selection sets with a list of its own, so that depth costs heap only. For one document.
 */
final class Validator {
    /** A selection set and the type that it is about. */
    private record Scope(List<Selection> selections, String type) {}

    /** What an operation or fragment uses, itself. */
    private static final class Uses {
        private final List<VariableRules.Usage> variables = new ArrayList<>();
        private final Set<String> fragments = new LinkedHashSet<>();
    }

    private final ApiSchema schema;
    private final Coercion coercion;
    private final Document document;
    private final List<GraphqlError> errors = new ArrayList<>();
    private final Map<String, Document.Fragment> fragments = new LinkedHashMap<>();
    private final Map<String, Uses> fragmentUses = new HashMap<>();
    private Optional<String> literal = Optional.empty();

    private Validator(ApiSchema schema, Coercion coercion, Document document) {
        this.schema = schema;
        this.coercion = coercion;
        this.document = document;
    }

    static ValidDocument validate(ApiSchema schema, Coercion coercion, Document document) {
        var validator = new Validator(schema, coercion, document);
        validator.run();
        return new ValidDocument(
                document, Map.copyOf(validator.fragments), List.copyOf(validator.errors), validator.literal);
    }

    private void run() {
        for (Document.Fragment fragment : document.fragments()) {
            if (fragments.putIfAbsent(fragment.name(), fragment) != null) {
                error("There can be only one fragment named \"" + fragment.name() + "\".", fragment.at());
            }
        }
        for (Document.Fragment fragment : fragments.values()) {
            var uses = new Uses();
            fragmentUses.put(fragment.name(), uses);
            directives(fragment.directives(), DirectiveLocation.FRAGMENT_DEFINITION, uses);
            if (condition(fragment.condition(), Optional.of(fragment.name()), fragment.at())) {
                selections(new Scope(fragment.selections(), fragment.condition()), uses);
            }
        }
        boolean cyclic = cycles();
        var used = new HashSet<String>();
        var names = new HashSet<String>();
        for (Document.Operation operation : document.operations()) {
            operation(operation, names, used);
        }
        for (Document.Fragment fragment : fragments.values()) {
            if (!used.contains(fragment.name())) {
                error("Fragment \"" + fragment.name() + "\" is never used.", fragment.at());
            }
        }
        if (!cyclic && errors.isEmpty()) {
            var overlaps = new OverlapCheck(schema, fragments);
            document.operations().forEach(operation -> overlaps.check(operation.selections()));
            errors.addAll(overlaps.errors());
        }
    }

    private void operation(Document.Operation operation, Set<String> names, Set<String> usedFragments) {
        if (!operation.kind().equals("query")) {
            error("Schema does not support operation type \"" + operation.kind() + "\"", operation.at());
            return;
        }
        if (operation.name().isEmpty() && document.operations().size() > 1) {
            error("This anonymous operation must be the only defined operation.", operation.at());
        }
        operation
                .name()
                .filter(name -> !names.add(name))
                .ifPresent(name -> error("There can be only one operation named \"" + name + "\".", operation.at()));
        var uses = new Uses();
        directives(operation.directives(), DirectiveLocation.QUERY, uses);
        selections(new Scope(operation.selections(), ApiSchema.QUERY), uses);
        List<VariableRules.Usage> usages = new ArrayList<>(uses.variables);
        for (String fragment : reachable(uses)) {
            usedFragments.add(fragment);
            usages.addAll(fragmentUses.getOrDefault(fragment, new Uses()).variables);
        }
        new VariableRules(schema, errors).check(operation, usages);
    }

    private Set<String> reachable(Uses start) {
        var seen = new LinkedHashSet<String>();
        var open = new ArrayDeque<>(start.fragments);
        while (!open.isEmpty()) {
            String name = open.remove();
            if (seen.add(name)) {
                open.addAll(fragmentUses.getOrDefault(name, new Uses()).fragments);
            }
        }
        return seen;
    }

    private boolean cycles() {
        boolean found = false;
        for (Document.Fragment fragment : fragments.values()) {
            Uses uses = fragmentUses.getOrDefault(fragment.name(), new Uses());
            if (reachable(uses).contains(fragment.name())) {
                error("Cannot spread fragment \"" + fragment.name() + "\" within itself.", fragment.at());
                found = true;
            }
        }
        return found;
    }

    private void selections(Scope root, Uses uses) {
        var open = new ArrayDeque<Scope>();
        open.add(root);
        while (!open.isEmpty()) {
            Scope scope = open.remove();
            for (Selection selection : scope.selections()) {
                switch (selection) {
                    case Selection.Field field ->
                        field(field, scope.type(), uses).ifPresent(open::add);
                    case Selection.Spread spread -> spread(spread, scope.type(), uses);
                    case Selection.Inline inline ->
                        inline(inline, scope.type(), uses).ifPresent(open::add);
                }
            }
        }
    }

    private Optional<Scope> field(Selection.Field field, String parent, Uses uses) {
        directives(field.directives(), DirectiveLocation.FIELD, uses);
        if (field.name().equals("__typename")) {
            return Optional.empty();
        }
        if (!(schema.type(parent) instanceof TypeDefinition.Composite type)) {
            return Optional.empty();
        }
        TypeDefinition.Field definition = type.fields().get(field.name());
        if (definition == null) {
            error(
                    "Cannot query field \"" + field.name() + "\" on type \"" + parent + "\"."
                            + meant(field.name(), type),
                    field.at());
            return Optional.empty();
        }
        arguments(field.arguments(), definition.arguments(), Owner.field(parent, field), uses);
        boolean below = !field.selections().isEmpty()
                && schema.isComposite(definition.type().name());
        return below
                ? Optional.of(new Scope(field.selections(), definition.type().name()))
                : Optional.empty();
    }

    private String meant(String name, TypeDefinition.Composite type) {
        List<String> others = schema.possibleTypes(type.name()).stream()
                .filter(other -> !other.equals(type.name())
                        && schema.object(other).fields().containsKey(name))
                .toList();
        return others.isEmpty()
                ? Suggestions.among(name, type.fields().keySet())
                : " Did you mean to use an inline fragment on " + Suggestions.quoted(others) + "?";
    }

    private void spread(Selection.Spread spread, String parent, Uses uses) {
        directives(spread.directives(), DirectiveLocation.FRAGMENT_SPREAD, uses);
        Document.Fragment fragment = fragments.get(spread.fragment());
        if (fragment == null) {
            error("Unknown fragment \"" + spread.fragment() + "\".", spread.at());
            return;
        }
        uses.fragments.add(spread.fragment());
        possible(Optional.of(spread.fragment()), parent, fragment.condition(), spread.at());
    }

    private Optional<Scope> inline(Selection.Inline inline, String parent, Uses uses) {
        directives(inline.directives(), DirectiveLocation.INLINE_FRAGMENT, uses);
        String type = inline.condition().orElse(parent);
        if (!condition(type, Optional.empty(), inline.at())) {
            return Optional.empty();
        }
        possible(Optional.empty(), parent, type, inline.at());
        return Optional.of(new Scope(inline.selections(), type));
    }

    /** An interface may stand inside any other: clients ask for interfaces that nothing implements here. */
    private void possible(Optional<String> fragment, String parent, String type, Position at) {
        if (!schema.isComposite(type)
                || (schema.type(parent) instanceof TypeDefinition.Interface
                        && schema.type(type) instanceof TypeDefinition.Interface)
                || schema.possibleTypes(parent).stream().anyMatch(schema.possibleTypes(type)::contains)) {
            return;
        }
        error(
                "Fragment " + fragment.map(name -> "\"" + name + "\" ").orElse("")
                        + "cannot be spread here as objects of type \"" + parent + "\" can never be of type \"" + type
                        + "\".",
                at);
    }

    private boolean condition(String type, Optional<String> fragment, Position at) {
        if (schema.find(type).isEmpty()) {
            error(Suggestions.unknownType(type, schema), at);
            return false;
        }
        if (!schema.isComposite(type)) {
            error(
                    "Fragment " + fragment.map(name -> "\"" + name + "\" ").orElse("")
                            + "cannot condition on non composite type \"" + type + "\".",
                    at);
            return false;
        }
        return true;
    }

    private void directives(List<Directive> applied, DirectiveLocation location, Uses uses) {
        var seen = new HashSet<String>();
        for (Directive directive : applied) {
            String name = directive.name();
            Optional<ApiSchema.DirectiveDefinition> definition = schema.directive(name);
            if (definition.isEmpty()) {
                error("Unknown directive \"@" + name + "\".", directive.at());
                continue;
            }
            if (!definition.get().locations().contains(location)) {
                error("Directive \"@" + name + "\" may not be used on " + location + ".", directive.at());
            }
            if (!seen.add(name)) {
                error("The directive \"@" + name + "\" can only be used once at this location.", directive.at());
            }
            arguments(directive.arguments(), definition.get().arguments(), Owner.directive(directive), uses);
        }
    }

    /** What arguments are given to, as error messages name it. */
    private record Owner(String kind, String name, String full, Position at) {
        static Owner field(String type, Selection.Field field) {
            return new Owner("Field", field.name(), "field \"" + type + "." + field.name() + "\"", field.at());
        }

        static Owner directive(Directive directive) {
            String name = "@" + directive.name();
            return new Owner("Directive", name, "directive \"" + name + "\"", directive.at());
        }
    }

    private void arguments(
            List<Argument> given, Map<String, TypeDefinition.Argument> declared, Owner owner, Uses uses) {
        var seen = new HashSet<String>();
        for (Argument argument : given) {
            if (!seen.add(argument.name())) {
                error("There can be only one argument named \"" + argument.name() + "\".", argument.at());
            }
            TypeDefinition.Argument definition = declared.get(argument.name());
            if (definition == null) {
                error(
                        "Unknown argument \"" + argument.name() + "\" on " + owner.full() + "."
                                + Suggestions.among(argument.name(), declared.keySet()),
                        argument.at());
                continue;
            }
            int before = uses.variables.size();
            usages(
                    argument.value(),
                    definition.type(),
                    definition.defaultValue().isPresent(),
                    uses);
            if (before == uses.variables.size()) {
                literal(argument, definition, owner);
            }
        }
        for (TypeDefinition.Argument argument : declared.values()) {
            if (argument.required() && !seen.contains(argument.name())) {
                error(
                        owner.kind() + " \"" + owner.name() + "\" argument \"" + argument.name() + "\" of type \""
                                + argument.type() + "\" is required, but it was not provided.",
                        owner.at());
            }
        }
    }

    private void literal(Argument argument, TypeDefinition.Argument definition, Owner owner) {
        if (literal.isPresent() || (argument.value() instanceof Value.Null && !definition.required())) {
            return;
        }
        try {
            coercion.literal(argument.value(), definition.type(), Map.of());
        } catch (Coercion.MisfitException e) {
            literal = Optional.of(misfit(owner.name(), definition, e));
        }
    }

    /** The sentence that says which value of which field is wrong. */
    static String misfit(String field, TypeDefinition.Argument argument, Coercion.MisfitException why) {
        return "parse selections: parse field \"" + field + "\": init arg \"" + argument.name() + "\" value as "
                + argument.type() + ": " + why.getMessage();
    }

    private void usages(Value value, TypeRef expected, boolean hasDefault, Uses uses) {
        switch (value) {
            case Value.Variable variable -> uses.variables.add(new VariableRules.Usage(variable, expected, hasDefault));
            case Value.ListOf(List<Value> elements) -> {
                TypeRef element = expected.nullable() instanceof TypeRef.ListOf(TypeRef inner) ? inner : expected;
                elements.forEach(entry -> usages(entry, element, false, uses));
            }
            case Value.Fields(Map<String, Value> fields) -> {
                if (schema.type(expected.name()) instanceof TypeDefinition.Input input) {
                    fields.forEach((name, entry) -> {
                        TypeDefinition.Argument field = input.fields().get(name);
                        if (field != null) {
                            usages(entry, field.type(), field.defaultValue().isPresent(), uses);
                        }
                    });
                }
            }
            default -> {}
        }
    }

    private void error(String message, Position at) {
        errors.add(GraphqlError.validation(message, at));
    }
}
