package org.buildengine.server.graphql;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.graphql.language.Document;
import org.buildengine.server.graphql.language.Position;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;
import org.buildengine.server.graphql.language.Value;

/** What GraphQL demands of variables: declared once, of a type of inputs, used, and used where they fit. For one document. */
final class VariableRules {
    private final ApiSchema schema;
    private final List<GraphqlError> errors;

    /** Where a variable is used. */
    record Usage(Value.Variable variable, TypeRef expected, boolean hasDefault) {}

    /** Rules that add what they find to {@code errors}. */
    VariableRules(ApiSchema schema, List<GraphqlError> errors) {
        this.schema = schema;
        this.errors = errors;
    }

    /** Checks the variables that an operation declares, with all uses of them, those in its fragments included. */
    void check(Document.Operation operation, List<Usage> usages) {
        String where =
                operation.name().map(name -> " by operation \"" + name + "\"").orElse("");
        var declared = new LinkedHashMap<String, Document.Variable>();
        for (Document.Variable variable : operation.variables()) {
            if (declared.putIfAbsent(variable.name(), variable) != null) {
                error("There can be only one variable named \"$" + variable.name() + "\".", variable.at());
            }
            Optional<TypeDefinition> type = schema.find(variable.type().name());
            if (type.isEmpty()) {
                error(Suggestions.unknownType(variable.type().name(), schema), variable.at());
            } else if (type.get() instanceof TypeDefinition.Composite) {
                error(
                        "Variable \"$" + variable.name() + "\" cannot be non-input type \"" + variable.type() + "\".",
                        variable.at());
            }
        }
        var used = new HashSet<String>();
        for (Usage usage : usages) {
            String name = usage.variable().name();
            used.add(name);
            Document.Variable variable = declared.get(name);
            if (variable == null) {
                error(
                        "Variable \"$" + name + "\" is not defined" + where + ".",
                        usage.variable().at());
            } else if (!fits(variable, usage)) {
                error(
                        "Variable \"$" + name + "\" of type \"" + variable.type()
                                + "\" used in position expecting type \"" + usage.expected() + "\".",
                        usage.variable().at());
            }
        }
        for (Document.Variable variable : declared.values()) {
            if (!used.contains(variable.name())) {
                String in = operation
                        .name()
                        .map(name -> " in operation \"" + name + "\"")
                        .orElse("");
                error("Variable \"$" + variable.name() + "\" is never used" + in + ".", variable.at());
            }
        }
    }

    private boolean fits(Document.Variable variable, Usage usage) {
        boolean defaulted = variable.defaultValue()
                        .filter(value -> !(value instanceof Value.Null))
                        .isPresent()
                || usage.hasDefault();
        if (usage.expected().required() && !variable.type().required()) {
            return defaulted && fits(variable.type(), usage.expected().nullable());
        }
        return fits(variable.type(), usage.expected());
    }

    /** Whether a value of type {@code given} can stand where {@code expected} is asked for; ids are all alike. */
    private static boolean fits(TypeRef given, TypeRef expected) {
        return switch (expected) {
            case TypeRef.NonNull(TypeRef inner) -> given.required() && fits(given.nullable(), inner);
            case TypeRef.ListOf(TypeRef element) ->
                given.nullable() instanceof TypeRef.ListOf(TypeRef own) && fits(own, element);
            case TypeRef.Named(String name) ->
                given.nullable() instanceof TypeRef.Named(String own)
                        && (own.equals(name) || (own.endsWith("ID") && name.endsWith("ID")));
        };
    }

    private void error(String message, Position at) {
        errors.add(GraphqlError.validation(message, at));
    }
}
