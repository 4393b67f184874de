package org.buildengine.solver.evidence;

import java.util.List;
import org.buildengine.solver.evidence.Alignment.Pair;
import org.buildengine.solver.evidence.Field.Group;

/** The arguments of a command, or the edits of files, set beside those of another step so that as few as possible differ. */
final class Arguments {
    /** What counts for an argument that is the same: more than for two that are only set beside each other. */
    private static final double SAME = 5;

    private Arguments() {}

    static boolean isOne(Field field) {
        return field.group() == Group.ARGUMENT;
    }

    static boolean isSame(Pair<Field, Field> pair) {
        return pair.isBoth()
                && pair.before().orElseThrow().hasValueOf(pair.after().orElseThrow());
    }

    /** All arguments of both, in order. */
    static List<Pair<Field, Field>> aligned(StepRecord before, StepRecord after) {
        return Alignment.of(of(before), of(after), Arguments::score).pairs();
    }

    private static List<Field> of(StepRecord step) {
        return step.fields().stream().filter(Arguments::isOne).toList();
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
