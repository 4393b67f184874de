package org.buildengine.server.graphql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.buildengine.server.graphql.language.Argument;
import org.buildengine.server.graphql.language.Document;
import org.buildengine.server.graphql.language.Selection;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;

/**
 * Checks that fields with one response key can be merged. Each selection set is expanded once together with those that
 * merge with it, so the time is linear in the size of the expanded document, which is limited: fragments that use each
 * other twice, thirty levels deep, would expand to more than any engine can answer. For one document.
 */
final class OverlapCheck {
    /** Far more than any program asks for, and still checked within a second or two. */
    private static final int MOST_FIELDS = 1_000_000;

    private record Scope(List<Selection> selections, String type) {}

    private record Entry(Selection.Field field, String parent) {}

    private final ApiSchema schema;
    private final Map<String, Document.Fragment> fragments;
    private final List<GraphqlError> errors = new ArrayList<>();
    private int visited;

    OverlapCheck(ApiSchema schema, Map<String, Document.Fragment> fragments) {
        this.schema = schema;
        this.fragments = fragments;
    }

    List<GraphqlError> errors() {
        return errors;
    }

    void check(List<Selection> operation) {
        var open = new ArrayDeque<List<Scope>>();
        open.add(List.of(new Scope(operation, ApiSchema.QUERY)));
        while (!open.isEmpty()) {
            for (List<Entry> sameKey : expand(open.remove()).values()) {
                conflicts(sameKey);
                open.addAll(below(sameKey));
            }
            if (visited > MOST_FIELDS) {
                errors.add(GraphqlError.validation("The document asks for more than " + MOST_FIELDS
                        + " fields when its fragments are expanded; split it into several."));
                return;
            }
        }
    }

    private Map<String, List<Entry>> expand(List<Scope> scopes) {
        var byKey = new LinkedHashMap<String, List<Entry>>();
        var open = new ArrayDeque<>(scopes);
        var spread = new HashSet<String>();
        while (!open.isEmpty() && visited <= MOST_FIELDS) {
            Scope scope = open.remove();
            for (Selection selection : scope.selections()) {
                visited++;
                switch (selection) {
                    case Selection.Field field ->
                        byKey.computeIfAbsent(field.key(), key -> new ArrayList<>(1))
                                .add(new Entry(field, scope.type()));
                    case Selection.Inline inline ->
                        open.add(new Scope(
                                inline.selections(), inline.condition().orElse(scope.type())));
                    case Selection.Spread use -> {
                        Document.Fragment fragment = fragments.get(use.fragment());
                        if (fragment != null && spread.add(use.fragment())) {
                            open.add(new Scope(fragment.selections(), fragment.condition()));
                        }
                    }
                }
            }
        }
        return byKey;
    }

    /** Compares each field with one of each parent type before it. */
    private void conflicts(List<Entry> sameKey) {
        if (sameKey.size() == 1) {
            return;
        }
        var seen = new LinkedHashMap<String, Entry>();
        for (Entry entry : sameKey) {
            for (Entry other : seen.values()) {
                String why = conflict(other, entry);
                if (!why.isEmpty()) {
                    errors.add(GraphqlError.validation(
                            "Fields \"" + entry.field().key() + "\" conflict because " + why
                                    + ". Use different aliases on the fields to fetch both if this was intentional.",
                            entry.field().at()));
                    break;
                }
            }
            seen.putIfAbsent(entry.parent(), entry);
        }
    }

    private String conflict(Entry a, Entry b) {
        if (overlap(a.parent(), b.parent())) {
            if (!a.field().name().equals(b.field().name())) {
                return "\"" + a.field().name() + "\" and \"" + b.field().name() + "\" are different fields";
            }
            if (!sameArguments(a.field().arguments(), b.field().arguments())) {
                return "they have differing arguments";
            }
        }
        TypeRef left = type(a);
        TypeRef right = type(b);
        boolean leaves = !schema.isComposite(left.name()) || !schema.isComposite(right.name());
        boolean same = leaves ? left.equals(right) : shape(left).equals(shape(right));
        return same ? "" : "they return conflicting types \"" + left + "\" and \"" + right + "\"";
    }

    private static String shape(TypeRef type) {
        return type.toString().replace(type.name(), "");
    }

    private TypeRef type(Entry entry) {
        TypeDefinition.Field field = schema.type(entry.parent()) instanceof TypeDefinition.Composite parent
                ? parent.fields().get(entry.field().name())
                : null;
        return field == null ? new TypeRef.NonNull(new TypeRef.Named("String")) : field.type();
    }

    private boolean overlap(String a, String b) {
        return a.equals(b)
                || schema.type(a) instanceof TypeDefinition.Interface
                || schema.type(b) instanceof TypeDefinition.Interface;
    }

    private static boolean sameArguments(List<Argument> a, List<Argument> b) {
        if (a.size() != b.size()) {
            return false;
        }
        return a.stream()
                .allMatch(left -> b.stream()
                        .anyMatch(right ->
                                left.name().equals(right.name()) && left.value().equals(right.value())));
    }

    /** What is asked of the values of these fields, together where they can be the same object. */
    private List<List<Scope>> below(List<Entry> sameKey) {
        var groups = new LinkedHashMap<String, List<Scope>>();
        Set<String> objects = new HashSet<>();
        for (Entry entry : sameKey) {
            boolean object = schema.type(entry.parent()) instanceof TypeDefinition.Obj;
            if (object) {
                objects.add(entry.parent());
            }
        }
        for (Entry entry : sameKey) {
            String type = type(entry).name();
            if (entry.field().selections().isEmpty() || !schema.isComposite(type)) {
                continue;
            }
            var scope = new Scope(entry.field().selections(), type);
            if (objects.contains(entry.parent()) || objects.isEmpty()) {
                String group = objects.isEmpty() ? "" : entry.parent();
                groups.computeIfAbsent(group, name -> new ArrayList<>(1)).add(scope);
            } else {
                objects.forEach(object -> groups.computeIfAbsent(object, name -> new ArrayList<>(1))
                        .add(scope));
            }
        }
        return List.copyOf(groups.values());
    }
}
