package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.evidence.Alignment.Pair;
import org.buildengine.solver.evidence.Reason.Shift;
import org.jspecify.annotations.Nullable;

/**
 * The first step in which two builds differ. From there on the longest chain of steps that the later build has, each of which works
 * on the one before it first, is set beside those of the earlier build that begin at the same place. Used by one thread.
 */
final class BuildDifference {
    /** So many steps of a chain are compared. */
    private static final int LONGEST = 100;

    /** So many steps that only one build has are looked at. */
    private static final int MOST_STEPS = 2000;

    /** With so many chains of the earlier build. */
    private static final int MOST_CHAINS = 8;

    private final StepTable steps;
    private final Comparison comparison;
    private final List<Evidence> old;
    private final List<Evidence> now;

    /** A step that only one of the builds has. */
    private record Node(Evidence evidence, StepRecord step) {
        int number() {
            return evidence.number();
        }

        boolean doesSame(Node other) {
            return step.doesSame(other.step);
        }
    }

    BuildDifference(Snapshotter snapshotter, StepTable steps, List<Evidence> old, List<Evidence> now) {
        this.steps = steps;
        this.old = old;
        this.now = now;
        this.comparison = new Comparison(snapshotter, steps, new KeptNames(steps));
    }

    /** The first step in which the later build differs, or its policy; empty if they asked for the same. */
    Optional<Divergence> first() throws IOException {
        Map<Digest, Evidence> known = old.stream().collect(Collectors.toMap(Evidence::recipe, step -> step));
        for (Evidence step : now) {
            @Nullable Evidence same = known.get(step.recipe());
            if (same == null) {
                return Optional.of(divergence(step));
            }
            if (otherPolicy(same, step)) {
                return Optional.of(policyDivergence(same, step));
            }
        }
        Set<Digest> asked = recipes(now);
        return old.stream()
                .filter(step -> !asked.contains(step.recipe()))
                .findFirst()
                .map(step -> new Divergence(step.number(), 0, step.name(), List.of()));
    }

    private static boolean otherPolicy(Evidence before, Evidence after) {
        return before.policy().isPresent()
                && after.policy().isPresent()
                && !before.policy().equals(after.policy());
    }

    /** The policy is part of no recipe, but says whether a step may be remembered. */
    private static Divergence policyDivergence(Evidence before, Evidence after) {
        var reason = new Reason.OperationChanged(
                Field.Group.SETTING,
                "cache policy",
                PolicyCodes.text(before.policy().orElseThrow()),
                PolicyCodes.text(after.policy().orElseThrow()));
        return new Divergence(before.number(), after.number(), after.name(), List.of(reason));
    }

    private static Set<Digest> recipes(List<Evidence> steps) {
        return steps.stream().map(Evidence::recipe).collect(Collectors.toSet());
    }

    /** All inputs of {@code step} are in both builds, so its counterpart works on the same, or brings something of its name. */
    private Divergence divergence(Evidence step) throws IOException {
        Optional<StepRecord> record = steps.find(step.recipe());
        if (record.isPresent()) {
            List<Node> chain = chain(new Node(step, record.get()), onlyIn(now, old));
            List<Node> left = onlyIn(old, now);
            Optional<Alignment<Node, Node>> best = Optional.empty();
            for (Node first : left.stream()
                    .filter(node -> beginsLike(node.step(), record.get()))
                    .limit(MOST_CHAINS)
                    .toList()) {
                var alignment = Alignment.of(
                        chain(first, left), chain, (before, after) -> Likeness.weight(before.step(), after.step()));
                if (best.isEmpty() || alignment.score() > best.get().score()) {
                    best = Optional.of(alignment);
                }
            }
            if (best.isPresent()) {
                return divergence(best.get().pairs());
            }
        }
        return new Divergence(0, step.number(), step.name(), List.of());
    }

    private List<Node> onlyIn(List<Evidence> ones, List<Evidence> others) throws IOException {
        Set<Digest> known = recipes(others);
        var nodes = new ArrayList<Node>();
        for (Evidence step : ones.stream()
                .filter(each -> !known.contains(each.recipe()))
                .limit(MOST_STEPS)
                .toList()) {
            steps.find(step.recipe()).ifPresent(record -> nodes.add(new Node(step, record)));
        }
        return nodes;
    }

    /** The longest chain that begins with a step; inputs are listed before what needs them. */
    private static List<Node> chain(Node first, List<Node> nodes) {
        Map<Digest, Integer> lengths = new HashMap<>();
        Map<Digest, Node> nexts = new HashMap<>();
        for (Node node : nodes.reversed()) {
            int length = lengths.getOrDefault(node.step().recipe(), 0) + 1;
            input(node.step()).ifPresent(input -> {
                if (length > lengths.getOrDefault(input, 0)) {
                    lengths.put(input, length);
                    nexts.put(input, node);
                }
            });
        }
        var chain = new ArrayList<Node>();
        Optional<Node> next = Optional.of(first);
        while (next.isPresent() && chain.size() < LONGEST) {
            chain.add(next.get());
            next = Optional.ofNullable(nexts.get(next.get().step().recipe()));
        }
        return chain;
    }

    private static Optional<Digest> input(StepRecord step) {
        return step.inputs().stream().findFirst().map(StepRecord.Input::recipe);
    }

    private static boolean beginsLike(StepRecord one, StepRecord other) {
        return OpFields.fromOutside(one.kind())
                ? one.kind().equals(other.kind()) && one.name().equals(other.name())
                : input(one).equals(input(other));
    }

    private Divergence divergence(List<Pair<Node, Node>> pairs) throws IOException {
        Pair<Node, Node> first = pairs.getFirst();
        if (first.isBoth()) {
            Node before = first.before().orElseThrow();
            Node after = first.after().orElseThrow();
            List<Reason> reasons = comparison
                    .compare(before.step(), after.step(), Optional.empty())
                    .reasons(after.step().mounts());
            return new Divergence(
                    before.number(), after.number(), after.evidence().name(), reasons);
        }
        Optional<Divergence> swapped = swapped(pairs);
        if (swapped.isPresent()) {
            return swapped.get();
        }
        Optional<Divergence> replaced = replaced(pairs);
        return replaced.isPresent() ? replaced.get() : insertedOrRemoved(pairs);
    }

    /** That the first step stands elsewhere in the other build. */
    private static Optional<Divergence> swapped(List<Pair<Node, Node>> pairs) {
        Pair<Node, Node> first = pairs.getFirst();
        Optional<Pair<Node, Node>> other = first.before().isPresent()
                ? find(
                        pairs,
                        pair -> pair.before().isEmpty()
                                && pair.after().get().doesSame(first.before().get()))
                : find(
                        pairs,
                        pair -> pair.after().isEmpty()
                                && pair.before().get().doesSame(first.after().get()));
        Optional<Pair<Node, Node>> between = find(pairs, Pair::isBoth);
        if (other.isEmpty() || between.isEmpty()) {
            return Optional.empty();
        }
        Node before = first.before().or(other.get()::before).orElseThrow();
        Node after = first.after().or(other.get()::after).orElseThrow();
        Evidence with = between.get().after().orElseThrow().evidence();
        var reason = new Reason.OrderChanged(Shift.SWAPPED, with.number(), with.name(), "");
        return Optional.of(
                new Divergence(before.number(), after.number(), after.evidence().name(), List.of(reason)));
    }

    private static Optional<Pair<Node, Node>> find(
            List<Pair<Node, Node>> pairs, java.util.function.Predicate<Pair<Node, Node>> condition) {
        return pairs.stream().filter(condition).findFirst();
    }

    /** That something else is done at the place of the first step. */
    private static Optional<Divergence> replaced(List<Pair<Node, Node>> pairs) {
        List<Pair<Node, Node>> apart =
                pairs.stream().takeWhile(pair -> !pair.isBoth()).toList();
        Optional<Node> before =
                apart.stream().flatMap(pair -> pair.before().stream()).findFirst();
        Optional<Node> after =
                apart.stream().flatMap(pair -> pair.after().stream()).findFirst();
        if (before.isEmpty() || after.isEmpty()) {
            return Optional.empty();
        }
        Evidence old = before.get().evidence();
        Evidence now = after.get().evidence();
        var reason = new Reason.OrderChanged(Shift.REPLACED, old.number(), old.name(), "");
        return Optional.of(new Divergence(old.number(), now.number(), now.name(), List.of(reason)));
    }

    private static Divergence insertedOrRemoved(List<Pair<Node, Node>> pairs) {
        Pair<Node, Node> first = pairs.getFirst();
        if (first.before().isPresent()) {
            Evidence gone = first.before().get().evidence();
            return new Divergence(gone.number(), 0, gone.name(), List.of());
        }
        Evidence added = first.after().orElseThrow().evidence();
        List<Reason> reasons = find(pairs, Pair::isBoth)
                .flatMap(Pair::after)
                .map(Node::evidence)
                .<List<Reason>>map(
                        next -> List.of(new Reason.OrderChanged(Shift.INSERTED, next.number(), next.name(), "")))
                .orElse(List.of());
        return new Divergence(0, added.number(), added.name(), reasons);
    }
}
