package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.buildengine.solver.evidence.Reason.OrderChanged;
import org.buildengine.solver.evidence.Reason.Shift;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A random chain of commands is edited at random: each step tells its own edit, and nothing tells of one that there was not. */
class EditedChainTest {
    private static final int CHAINS = Integer.getInteger("engine.chains", 12);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path root;

    /** What a step of the later chain was in the earlier one: {@code place} says where it stood, unless it is new. */
    private record Edited(String words, Optional<Integer> place, boolean isChanged) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyStepTellsItsOwnEdit(long seed) throws Exception {
        try (var site = new EvidenceSite(root)) {
            var random = new Random(seed);
            for (int number = 0; number < CHAINS; number++) {
                String told = "seed " + seed + ", chain " + number;
                List<String> before = words(random, number);
                List<Edited> after = edited(before, random);
                String story = told + ": " + before + " became "
                        + after.stream().map(Edited::words).toList();
                site.build("before " + number, chain(site, number, before).getLast());
                List<Vertex> steps =
                        chain(site, number, after.stream().map(Edited::words).toList());
                site.build("after " + number, steps.getLast());
                check(site, "after " + number, steps, before, after, story);
                HistoryReader reader = site.history.read();
                assertThat(reader.diff(reader.build("before " + number), reader.build("after " + number)))
                        .as(story)
                        .isEqualTo(difference(before, after));
            }
        }
    }

    /** The commands of a chain, each with an image of its own, so that no chain knows of another. */
    private static List<Vertex> chain(EvidenceSite site, int number, List<String> words) throws Exception {
        var chain = new ArrayList<Vertex>();
        Vertex at = site.upload("image " + number, "bin", "sh " + number);
        for (String each : words) {
            at = EvidenceSite.command(each, at);
            chain.add(at);
        }
        return chain;
    }

    private static List<String> words(Random random, int number) {
        int length = 1 + random.nextInt(10);
        return IntStream.range(0, length)
                .mapToObj(i -> "run " + word(random) + number + " --release 1")
                .toList();
    }

    private static String word(Random random) {
        var word = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }

    private static List<Edited> edited(List<String> before, Random random) {
        var after = new ArrayList<Edited>();
        for (int i = 0; i < before.size(); i++) {
            var same = new Edited(before.get(i), Optional.of(i), false);
            switch (random.nextInt(9)) {
                case 0 -> {
                    after.add(added(random));
                    after.add(same);
                }
                case 1 -> {
                    after.add(added(random));
                    after.add(changed(before, i));
                }
                case 2 -> after.add(changed(before, i));
                case 3 -> {} // it is removed
                default -> after.add(same);
            }
        }
        if (after.isEmpty() || random.nextInt(4) == 0) {
            after.add(added(random));
        }
        for (int i = 0; i < after.size(); i++) {
            if (after.get(i).place().isEmpty() && isWhereOthersAreGone(before, after, i)) {
                String other = after.get(i).words().replace("run", "other");
                after.set(
                        i, new Edited(other, Optional.empty(), false)); // else it may as well be one of those, changed
            }
        }
        return after;
    }

    private static boolean isWhereOthersAreGone(List<String> before, List<Edited> after, int step) {
        int last = after.subList(0, step).reversed().stream()
                .flatMap(each -> each.place().stream())
                .findFirst()
                .orElse(-1);
        int next = next(after, step).flatMap(i -> after.get(i).place()).orElse(before.size());
        return next > last + 1;
    }

    /** The first step after one that was there before. */
    private static Optional<Integer> next(List<Edited> after, int step) {
        return IntStream.range(step + 1, after.size())
                .boxed()
                .filter(i -> after.get(i).place().isPresent())
                .findFirst();
    }

    private static Edited changed(List<String> before, int place) {
        return new Edited(before.get(place).replace("--release 1", "--release 2"), Optional.of(place), true);
    }

    private static Edited added(Random random) {
        return new Edited("run " + word(random) + " " + word(random), Optional.empty(), false);
    }

    /** Checks what each step says that is not remembered; the image is step 1 of both builds. */
    private static void check(
            EvidenceSite site, String build, List<Vertex> steps, List<String> before, List<Edited> after, String story)
            throws Exception {
        Set<Integer> named = new HashSet<>();
        Set<Integer> gone = new HashSet<>();
        for (int i = same(before, after); i < after.size(); i++) {
            Edited edited = after.get(i);
            List<Reason> reasons = site.reasons(build, steps.get(i));
            String told = story + ", step " + (i + 2) + " says " + reasons;
            if (edited.place().isEmpty()) {
                assertThat(reasons).as(told).containsExactly(ofNew(after, i));
                continue;
            }
            if (edited.isChanged()) {
                assertThat(reasons).as(told).contains(change("argument 3", "1", "2"));
            }
            for (Reason reason : reasons) {
                switch (reason) {
                    case Reason.OperationChanged change ->
                        assertThat(edited.isChanged() && change.name().equals("argument 3"))
                                .as(told)
                                .isTrue();
                    case OrderChanged(Shift how, int step, String _, String _) -> {
                        assertThat(how).as(told).isIn(Shift.AFTER_NEW, Shift.REMOVED);
                        assertThat((how == Shift.REMOVED ? gone : named).add(step - 2))
                                .as(told)
                                .isTrue();
                    }
                    default ->
                        assertThat(reason)
                                .as(told)
                                .isInstanceOfAny(Reason.UpstreamChanged.class, Reason.InputChanged.class);
                }
            }
        }
        assertThat(named).as(story).isEqualTo(addedBeforeOthers(after));
        assertThat(gone).as(story).isEqualTo(goneBeforeOthers(before, after));
    }

    /** The first step in which the chains differ; the image is step 1 of both. */
    private static Optional<Divergence> difference(List<String> before, List<Edited> after) {
        int first = same(before, after);
        String old = first < before.size() ? "exec " + before.get(first) : "";
        if (first == after.size()) {
            return old.isEmpty() ? Optional.empty() : Optional.of(new Divergence(first + 2, 0, old, List.of()));
        }
        String now = "exec " + after.get(first).words();
        Optional<Integer> place = after.get(first).place();
        if (place.isPresent()) {
            return Optional.of(
                    place.get() > first
                            ? new Divergence(first + 2, 0, old, List.of())
                            : new Divergence(first + 2, first + 2, now, List.of(change("argument 3", "1", "2"))));
        }
        if (isWhereOthersAreGone(before, after, first)) {
            var reason = new OrderChanged(Shift.REPLACED, first + 2, old, "");
            return Optional.of(new Divergence(first + 2, first + 2, now, List.of(reason)));
        }
        List<Reason> reasons = next(after, first).isPresent() ? List.of(ofNew(after, first)) : List.of();
        return Optional.of(new Divergence(0, first + 2, now, reasons));
    }

    private static Reason ofNew(List<Edited> after, int step) {
        return next(after, step)
                .<Reason>map(next -> new OrderChanged(
                        Shift.INSERTED, next + 2, "exec " + after.get(next).words(), ""))
                .orElseGet(Reason.NeverSeen::new);
    }

    private static Set<Integer> addedBeforeOthers(List<Edited> after) {
        return IntStream.range(0, after.size())
                .filter(i -> after.get(i).place().isEmpty() && next(after, i).isPresent())
                .boxed()
                .collect(Collectors.toSet());
    }

    private static Set<Integer> goneBeforeOthers(List<String> before, List<Edited> after) {
        List<Integer> places =
                after.stream().flatMap(each -> each.place().stream()).toList();
        return IntStream.range(0, places.isEmpty() ? 0 : places.getLast())
                .filter(i -> i < before.size() && !places.contains(i))
                .boxed()
                .collect(Collectors.toSet());
    }

    private static Reason change(String name, String before, String after) {
        return new Reason.OperationChanged(Field.Group.ARGUMENT, name, before, after);
    }

    private static int same(List<String> before, List<Edited> after) {
        int same = 0;
        while (same < Math.min(before.size(), after.size())
                && after.get(same).words().equals(before.get(same))) {
            same++;
        }
        return same;
    }
}
