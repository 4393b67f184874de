package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How much two steps of a kind resemble each other, by what is kept of their operations. */
final class Likeness {
    /** What says that the next argument is a program text: {@code sh -c}, {@code bash -lc}, {@code node -e}. */
    private static final Pattern SCRIPT_NEXT = Pattern.compile("-[A-Za-z]*[ce]");

    /** What counts for steps that do the same: more than for any that are only like each other. */
    private static final double SAME = 5;

    /** What counts for steps of which one may have been the other. */
    private static final double ALIKE = 0.25;

    private Likeness() {}

    /**
     * Whether one may be what the other was before, rather than something else that is done on the same inputs. Commands have to run
     * the same program; where its text is an argument, much of the text has to be the same.
     */
    static boolean alike(StepRecord one, StepRecord other) {
        if (!one.kind().equals(OpFields.COMMAND)) {
            return true;
        }
        if (!one.fields().getFirst().hasValueOf(other.fields().getFirst())) {
            return false;
        }
        Optional<Field> script = script(one);
        Optional<Field> second = script(other);
        return script.isPresent() == second.isPresent()
                && (script.isEmpty() || alikeTexts(script.get(), second.orElseThrow()));
    }

    /**
     * How much speaks for that one took the place of the other, in chains that are set beside each other: most if they do the same.
     * That they are alike counts little; that at least half of what distinguishes them from other commands is the same counts more
     * than two pairs that are only alike. Negative infinity if it cannot be.
     */
    static double weight(StepRecord one, StepRecord other) {
        if (!one.kind().equals(other.kind())) {
            return Double.NEGATIVE_INFINITY;
        }
        if (OpFields.fromOutside(one.kind())) {
            return one.name().equals(other.name()) ? SAME : Double.NEGATIVE_INFINITY;
        }
        if (one.doesSame(other)) {
            return SAME;
        }
        if (!alike(one, other)) {
            return Double.NEGATIVE_INFINITY;
        }
        double arguments = ofArguments(one, other);
        return ALIKE + (2 * arguments >= 1 ? arguments : 0);
    }

    /** From 0 to 1: what the arguments have in common behind the program, or the script if there is one. */
    static double ofArguments(StepRecord one, StepRecord other) {
        Optional<Field> script = script(one);
        Optional<Field> second = script(other);
        if (script.isPresent() && second.isPresent()) {
            return of(script.get(), second.get());
        }
        List<Alignment.Pair<Field, Field>> pairs = Arguments.aligned(one, other);
        int first = one.kind().equals(OpFields.COMMAND) ? 1 : 0;
        if (pairs.size() <= first) {
            return 1;
        }
        double sum = 0;
        for (Alignment.Pair<Field, Field> pair : pairs.subList(first, pairs.size())) {
            sum += pair.isBoth() ? of(pair.before().get(), pair.after().get()) : 0;
        }
        return sum / (pairs.size() - first);
    }

    private static Optional<Field> script(StepRecord step) {
        List<Field> arguments = step.fields().stream()
                .filter(field -> field.group() == Field.Group.ARGUMENT)
                .toList();
        for (int i = 1; i < arguments.size() - 1; i++) {
            if (SCRIPT_NEXT.matcher(arguments.get(i).shown()).matches()) {
                return Optional.of(arguments.get(i + 1));
            }
        }
        return Optional.empty();
    }

    /** Whether half of their text or of their words is the same, or one is all of an end of the other. */
    private static boolean alikeTexts(Field one, Field other) {
        if (one.hasValueOf(other)) {
            return true;
        }
        if (one.marks().isPresent() && other.marks().isPresent()) {
            return 2 * of(one, other) >= 1;
        }
        int common = common(one.shown(), other.shown());
        int shorter = Math.min(one.shown().length(), other.shown().length());
        return (common > 0 && common == shorter) || 2 * of(one, other) >= 1;
    }

    /** From 0 to 1: the mean of what their fields have in common. */
    static double of(StepRecord one, StepRecord other) {
        Map<String, Field> fields = new HashMap<>();
        one.fields().stream()
                .filter(field -> !Arguments.isOne(field))
                .forEach(field -> fields.put(field.name(), field));
        double sum = 0;
        int all = fields.size();
        for (Alignment.Pair<Field, Field> pair : Arguments.aligned(one, other)) {
            all++;
            if (pair.isBoth()) {
                sum += of(pair.before().get(), pair.after().get());
            }
        }
        for (Field field :
                other.fields().stream().filter(each -> !Arguments.isOne(each)).toList()) {
            @Nullable Field counterpart = fields.get(field.name());
            if (counterpart == null) {
                all++;
            } else {
                sum += of(counterpart, field);
            }
        }
        return all == 0 ? 1 : sum / all;
    }

    /** From 0 to 1: how much of the longer value is the same in both. */
    static double of(Field one, Field other) {
        if (one.hasValueOf(other)) {
            return 1;
        }
        if (one.marks().isPresent() && other.marks().isPresent()) {
            return ofLong(one, one.marks().get(), other, other.marks().get());
        }
        int longer = Math.max(one.shown().length(), other.shown().length());
        if (longer == 0) {
            return 0; // two secrets: that they are not shown is all that they have in common
        }
        double ends = (double) common(one.shown(), other.shown()) / longer;
        return Math.max(ends, commonWords(one.shown(), other.shown()));
    }

    /** What is shown is only a part of these. */
    private static double ofLong(Field one, TextMarks marks, Field other, TextMarks otherMarks) {
        TextMarks.Common common = marks.with(otherMarks);
        int longer = Math.max(marks.length(), otherMarks.length());
        int first = Math.max(common.first(), commonBeginning(one.shown(), other.shown()));
        double ends = (double) Math.min(longer, first + common.last()) / longer;
        double shown = (double) Field.MOST_SHOWN / longer;
        return Math.max(ends, shown * commonWords(one.shown(), other.shown()));
    }

    private static int commonBeginning(String one, String other) {
        int most = Math.min(one.length(), other.length());
        int first = 0;
        while (first < most && one.charAt(first) == other.charAt(first)) {
            first++;
        }
        return first;
    }

    /** Which part of the words of the longer text the other has too, wherever; a change in two places leaves most of them. */
    private static double commonWords(String one, String other) {
        List<String> words = List.of(one.split("\\s+"));
        var left = new ArrayList<>(List.of(other.split("\\s+")));
        int longer = Math.max(words.size(), left.size());
        long common = words.stream().filter(left::remove).count();
        return (double) common / longer;
    }

    /** How many characters are the same at both ends. */
    private static int common(String one, String other) {
        int most = Math.min(one.length(), other.length());
        int first = commonBeginning(one, other);
        int last = 0;
        while (last < most - first && one.charAt(one.length() - 1 - last) == other.charAt(other.length() - 1 - last)) {
            last++;
        }
        return first + last;
    }
}
