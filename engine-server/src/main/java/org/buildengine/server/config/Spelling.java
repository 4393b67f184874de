package org.buildengine.server.config;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Guesses which word was meant. */
final class Spelling {
    private Spelling() {}

    /** The nearest of {@code known}, if it is near enough to be a slip. */
    static Optional<String> nearest(String word, Stream<String> known) {
        int bearable = Math.max(1, Math.min(3, word.length() / 3));
        return known.filter(candidate -> distance(word, candidate) <= bearable)
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
    }

    /** How many insertions, deletions and replacements lead from one word to the other. */
    static int distance(String from, String to) {
        var previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            var row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(row[j - 1], previous[j]));
            }
            previous = row;
        }
        return previous[to.length()];
    }
}
