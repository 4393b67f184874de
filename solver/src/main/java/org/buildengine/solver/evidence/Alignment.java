package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleBiFunction;

/**
 * Two lists set beside each other so that what they have in common counts most. It takes time by the product of their lengths.
 *
 * @param pairs all elements of both, in order
 * @param score what those that stand for each other count together
 */
record Alignment<A, B>(List<Pair<A, B>> pairs, double score) {
    /**
     * Two that stand for each other, or one that nothing stands for.
     *
     * @param before empty if it was inserted
     * @param after empty if it was removed
     */
    record Pair<A, B>(Optional<A> before, Optional<B> after) {
        boolean isBoth() {
            return before.isPresent() && after.isPresent();
        }
    }

    /**
     * The best one.
     *
     * @param counts what two count that stand for each other; negative infinity if they may not
     */
    static <A, B> Alignment<A, B> of(List<A> old, List<B> now, ToDoubleBiFunction<A, B> counts) {
        double[][] best = scores(old, now, counts);
        var pairs = new ArrayList<Pair<A, B>>();
        int i = 0;
        int j = 0;
        while (i < old.size() || j < now.size()) {
            boolean both = i < old.size() && j < now.size();
            if (both && best[i][j] == best[i + 1][j + 1] + counts.applyAsDouble(old.get(i), now.get(j))) {
                pairs.add(new Pair<>(Optional.of(old.get(i++)), Optional.of(now.get(j++))));
            } else if (j == now.size() || (both && best[i][j] == best[i + 1][j])) {
                pairs.add(new Pair<>(Optional.of(old.get(i++)), Optional.empty()));
            } else {
                pairs.add(new Pair<>(Optional.empty(), Optional.of(now.get(j++))));
            }
        }
        return new Alignment<>(List.copyOf(pairs), best[0][0]);
    }

    /** How much the elements from each two on have in common at most. */
    private static <A, B> double[][] scores(List<A> old, List<B> now, ToDoubleBiFunction<A, B> counts) {
        var best = new double[old.size() + 1][now.size() + 1];
        for (int i = old.size() - 1; i >= 0; i--) {
            for (int j = now.size() - 1; j >= 0; j--) {
                double apart = Math.max(best[i + 1][j], best[i][j + 1]);
                double together = counts.applyAsDouble(old.get(i), now.get(j));
                best[i][j] = Math.max(apart, best[i + 1][j + 1] + together);
            }
        }
        return best;
    }
}
