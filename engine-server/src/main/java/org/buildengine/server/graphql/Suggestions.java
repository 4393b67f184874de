package org.buildengine.server.graphql;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.buildengine.server.graphql.language.TypeDefinition;

/** Finds what somebody who mistyped a name may have meant. */
final class Suggestions {
    private static final int MOST = 5;

    private Suggestions() {}

    /** The sentence that offers the names like {@code given}, with a space in front; empty if there are none. */
    static String among(String given, Collection<String> names) {
        record Candidate(String name, int distance) {}
        int limit = (int) Math.floor(given.length() * 0.4) + 1;
        List<String> near = names.stream()
                .filter(name -> Math.abs(name.length() - given.length()) <= limit)
                .map(name -> new Candidate(name, distance(given, name)))
                .filter(candidate -> candidate.distance() <= limit)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .map(Candidate::name)
                .toList();
        return near.isEmpty() ? "" : " Did you mean " + quoted(near) + "?";
    }

    /** What is said of a type that the schema does not have. */
    static String unknownType(String type, ApiSchema schema) {
        List<String> names = schema.types().stream().map(TypeDefinition::name).toList();
        return "Unknown type \"" + type + "\"." + among(type, names);
    }

    /** Up to five names in quotes, with {@code or} before the last. */
    static String quoted(List<String> names) {
        List<String> shown =
                names.stream().limit(MOST).map(name -> "\"" + name + "\"").toList();
        if (shown.size() < 3) {
            return String.join(" or ", shown);
        }
        return shown.stream().limit(shown.size() - 1L).collect(Collectors.joining(", ")) + ", or " + shown.getLast();
    }

    /** Insertions, deletions, replacements and swaps of neighbours; a different case alone counts as one. */
    static int distance(String from, String to) {
        if (from.equals(to)) {
            return 0;
        }
        String a = from.toLowerCase(Locale.ROOT);
        String b = to.toLowerCase(Locale.ROOT);
        if (a.equals(b)) {
            return 1;
        }
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int replace = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1), cost[i - 1][j - 1] + replace);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
