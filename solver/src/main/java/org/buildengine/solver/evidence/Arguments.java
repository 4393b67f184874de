package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.solver.evidence.Field.Group;

/** The arguments of a command, or the edits of files, set beside those of another step so that as few as possible differ. */
final class Arguments {
    /** What counts for an argument that is the same: more than for two that are only set beside each other. */
    private static final double SAME = 5;

    private Arguments() {}

    /**
     * Two that stand for each other, or one that nothing stands for.
     *
     * @param before empty if it was inserted
     * @param after empty if it was removed
     */
    record Pair(Optional<Field> before, Optional<Field> after) {
        boolean isSame() {
            return before.isPresent() && after.isPresent() && before.get().hasValueOf(after.get());
        }
    }

    static boolean isOne(Field field) {
        return field.group() == Group.ARGUMENT;
    }

    /** All arguments of both, in order. */
    static List<Pair> aligned(StepRecord before, StepRecord after) {
        List<Field> old = before.fields().stream().filter(Arguments::isOne).toList();
        List<Field> now = after.fields().stream().filter(Arguments::isOne).toList();
        double[][] best = scores(old, now);
        var pairs = new ArrayList<Pair>();
        int i = 0;
        int j = 0;
        while (i < old.size() || j < now.size()) {
            boolean both = i < old.size() && j < now.size();
            if (both && best[i][j] == best[i + 1][j + 1] + score(old.get(i), now.get(j))) {
                pairs.add(new Pair(Optional.of(old.get(i++)), Optional.of(now.get(j++))));
            } else if (j == now.size() || (both && best[i][j] == best[i + 1][j])) {
                pairs.add(new Pair(Optional.of(old.get(i++)), Optional.empty()));
            } else {
                pairs.add(new Pair(Optional.empty(), Optional.of(now.get(j++))));
            }
        }
        return pairs;
    }

    /** How much the arguments from each two on have in common at most. */
    private static double[][] scores(List<Field> old, List<Field> now) {
        var best = new double[old.size() + 1][now.size() + 1];
        for (int i = old.size() - 1; i >= 0; i--) {
            for (int j = now.size() - 1; j >= 0; j--) {
                double apart = Math.max(best[i + 1][j], best[i][j + 1]);
                best[i][j] = Math.max(apart, best[i + 1][j + 1] + score(old.get(i), now.get(j)));
            }
        }
        return best;
    }

    private static double score(Field before, Field after) {
        if (before.hasValueOf(after)) {
            return SAME;
        }
        return place(before).equals(place(after)) ? 1 + Likeness.of(before, after) : Double.NEGATIVE_INFINITY;
    }

    /** What a field is besides its number, such as {@code argument}, or an edit and what it does: only such are compared. */
    private static String place(Field field) {
        return field.name().replaceFirst("\\d+", "");
    }
}
