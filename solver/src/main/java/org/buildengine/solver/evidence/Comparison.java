package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.evidence.Field.Group;
import org.buildengine.solver.evidence.Reason.Extent;
import org.buildengine.solver.evidence.StepRecord.Input;
import org.buildengine.solver.op.Reuse;

/** Names all that differs between a step and its predecessor. Safe for use by several threads. */
final class Comparison {
    private final Snapshotter snapshotter;
    private final ResultStore results;
    private final StepTable steps;
    private final Names names;

    /** What the inputs of the later step are in its build. */
    interface Names {
        /** The name of a step, for people. */
        String name(Input input) throws IOException;

        /** Why an input is another one: whose change it is, if it is known. */
        List<Reason> causes(Input input, Reason.InputChanged change);

        /** The number of a step in its build; 0 if there is none. */
        int number(Input input);

        /** The policy under which its build asked for a step, if that is known. */
        Optional<Reuse> policy(Input input);
    }

    Comparison(Snapshotter snapshotter, StepTable steps, Names names) {
        this.snapshotter = snapshotter;
        this.steps = steps;
        this.results = snapshotter.results();
        this.names = names;
    }

    /**
     * All that differs.
     *
     * @param brought the tree that the later step brings from outside, if it does
     */
    Differences compare(StepRecord before, StepRecord after, Optional<Snapshot> brought) throws IOException {
        if (OpFields.fromOutside(after.kind())) {
            return before.fields().getFirst().hasValueOf(after.fields().getFirst())
                    ? Differences.NONE
                    : new Differences(List.of(outside(before, after, brought)), Map.of());
        }
        Map<Integer, List<Reason>> inputs = new TreeMap<>();
        for (int i = 0; i < Math.max(before.inputs().size(), after.inputs().size()); i++) {
            List<Reason> reasons = input(before, after, i);
            if (!reasons.isEmpty()) {
                inputs.put(i, reasons);
            }
        }
        return new Differences(fields(before, after), inputs);
    }

    private Reason outside(StepRecord before, StepRecord after, Optional<Snapshot> brought) throws IOException {
        if (after.kind().equals(OpFields.TREE)) {
            Optional<Snapshot> is = brought.or(() -> tree(after.result(), 0));
            return changed(
                    after.name(), tree(before.result(), 0), is, new Sketches(before.files(), after.files()), _ -> true);
        }
        var pin = new FileChange(
                after.name(),
                before.fields().getFirst().toText(),
                after.fields().getFirst().toText());
        return new Reason.InputChanged(after.name(), Extent.FILES, List.of(pin), 0);
    }

    private static List<Reason> fields(StepRecord before, StepRecord after) {
        Map<String, Field> old = byName(before);
        Map<String, Field> now = byName(after);
        Set<String> all = new LinkedHashSet<>(old.keySet());
        all.addAll(now.keySet());
        var reasons = new ArrayList<Reason>();
        for (Alignment.Pair<Field, Field> pair : Arguments.aligned(before, after)) {
            if (!Arguments.isSame(pair)) {
                Field either = pair.after().or(pair::before).orElseThrow();
                reasons.add(changed(either.group(), either.name(), pair.before(), pair.after()));
            }
        }
        for (String name : all) {
            Optional<Field> was = Optional.ofNullable(old.get(name));
            Optional<Field> is = Optional.ofNullable(now.get(name));
            if (!Arguments.isSame(new Alignment.Pair<>(was, is))) {
                reasons.add(changed(is.or(() -> was).orElseThrow().group(), name, was, is));
            }
        }
        FieldOrder.variables(old, now).ifPresent(reasons::add);
        FieldOrder.mounts(old, now).ifPresent(reasons::add);
        return reasons;
    }

    private static Reason changed(Group group, String name, Optional<Field> was, Optional<Field> is) {
        String before = was.map(field -> is.map(field::against).orElseGet(field::toText))
                .orElse("");
        String after =
                is.map(field -> was.map(field::after).orElseGet(field::toText)).orElse("");
        return new Reason.OperationChanged(group, name, before, after);
    }

    /** All but arguments, in order; what is there more than once, such as two mounts at one place, is numbered. */
    private static Map<String, Field> byName(StepRecord step) {
        var fields = new LinkedHashMap<String, Field>();
        for (Field field : step.fields()) {
            if (Arguments.isOne(field)) {
                continue;
            }
            String name = field.name();
            for (int i = 2; fields.containsKey(name); i++) {
                name = field.name() + " (" + i + ")";
            }
            fields.put(name, field);
        }
        return fields;
    }

    private List<Reason> input(StepRecord before, StepRecord after, int index) throws IOException {
        if (index >= before.inputs().size()) {
            return List.of(new Reason.InputChanged(names.name(after.inputs().get(index)), Extent.ADDED, List.of(), 0));
        }
        Input old = before.inputs().get(index);
        if (index >= after.inputs().size()) {
            return List.of(new Reason.InputChanged(names.name(old), Extent.REMOVED, List.of(), 0));
        }
        Input now = after.inputs().get(index);
        if (same(old, now)) {
            return List.of();
        }
        Reason.InputChanged change = changed(
                names.name(now),
                tree(old.result(), old.output()),
                tree(now.result(), now.output()),
                new Sketches(sketch(old), sketch(now)),
                path -> after.mounts().sees(index, path));
        if (!steps.sameKey(old.result(), now.result())) {
            return names.causes(now, change);
        }
        if (change.extent() != Extent.FILES && isKnownByKey(old) != isKnownByKey(now)) {
            return List.of(policyChanged(old, now, change.extent()));
        }
        return change.extent() == Extent.SAME_FILES
                ? names.causes(now, change)
                : List.of(new Reason.NonDeterministic(names.number(now), names.name(now), Extent.UNKNOWN, List.of(), 0)
                        .through(change));
    }

    /** Whether an input counts as the same whatever files it has: then it was made under the policy of most steps. */
    private boolean isKnownByKey(Input input) throws IOException {
        Optional<byte[]> key = steps.keyOf(input.result());
        return key.isPresent()
                && input.identity().isPresent()
                && Arrays.equals(key.get(), StepTable.first(input.identity().get()));
    }

    private Reason policyChanged(Input old, Input now, Extent extent) throws IOException {
        String usual = PolicyCodes.text(Reuse.ANY);
        String policy = names.policy(now)
                .filter(each -> !each.isAny())
                .map(PolicyCodes::text)
                .orElse("");
        return new Reason.PolicyChanged(
                names.number(now),
                names.name(now),
                isKnownByKey(old) ? usual : "",
                isKnownByKey(now) ? usual : policy,
                extent);
    }

    private static boolean same(Input old, Input now) {
        boolean known = old.identity().isPresent() && now.identity().isPresent();
        boolean sameIdentity =
                known ? old.identity().equals(now.identity()) : old.recipe().equals(now.recipe());
        return sameIdentity && old.output() == now.output();
    }

    private Reason.InputChanged changed(
            String name, Optional<Snapshot> was, Optional<Snapshot> is, Sketches sketches, Predicate<String> seen)
            throws IOException {
        if (was.isEmpty() || is.isEmpty()) {
            Optional<TreeComparison.Result> known = sketches.compare(snapshotter, is, seen);
            // what differs may be more than what a sketch has, so that nothing is known then
            return known.filter(result -> !result.files().isEmpty())
                    .map(result -> new Reason.InputChanged(name, Extent.FILES, result.files(), result.more()))
                    .orElseGet(() -> new Reason.InputChanged(name, Extent.UNKNOWN, List.of(), 0));
        }
        TreeComparison.Result result = TreeComparison.compare(snapshotter, was.get(), is.get(), seen);
        Extent extent = result.files().isEmpty() ? Extent.SAME_FILES : Extent.FILES;
        return new Reason.InputChanged(name, extent, result.files(), result.more());
    }

    /** What is kept of the files of two inputs, if they come from outside. */
    private record Sketches(Optional<TreeSketch> was, Optional<TreeSketch> is) {
        Optional<TreeComparison.Result> compare(
                Snapshotter snapshotter, Optional<Snapshot> later, Predicate<String> seen) throws IOException {
            if (was.isEmpty()) {
                return Optional.empty();
            }
            return later.isPresent()
                    ? Optional.of(was.get().compare(snapshotter.tree(later.get()), seen))
                    : is.map(sketch -> was.get().compare(sketch, seen));
        }
    }

    private Optional<TreeSketch> sketch(Input input) throws IOException {
        return steps.find(input.recipe()).flatMap(StepRecord::files);
    }

    /** An output of a result that is still here. */
    private Optional<Snapshot> tree(long result, int output) {
        Optional<StoredResult> stored = result == 0 ? Optional.empty() : results.find(result);
        return stored.map(StoredResult::outputs)
                .filter(outputs -> output < outputs.size())
                .map(outputs -> outputs.get(output));
    }
}
