package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.buildengine.solver.evidence.Reason.OrderChanged;
import org.buildengine.solver.evidence.Reason.Shift;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The engine dies while it builds a chain with steps that were inserted, changed, swapped and removed, before or after any of its
 * writes, also those that revise what was said before. Then the chain is built whole. No step says anything that is not so.
 */
class KilledBuildTest {
    private static final List<String> BEFORE = List.of("a", "b", "c 1", "d", "e", "f", "g");

    /** The one named new is inserted, c is changed, d and e are swapped, f is removed. */
    private static final List<String> AFTER = List.of("a", "new", "b", "c 2", "e", "d", "g");

    /** So many last writes of a build do not happen. */
    private static final int LOST = 4;

    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    /** How the last step ends that the build asks for which is cut off. */
    enum End {
        GOOD,
        FAILED
    }

    private List<Vertex> chain(int number, List<String> words) throws Exception {
        var chain = new ArrayList<Vertex>();
        chain.add(site.upload("image " + number, "bin", "sh " + number));
        for (String each : words) {
            chain.add(EvidenceSite.command("run " + number + each, chain.getLast()));
        }
        return chain;
    }

    @ParameterizedTest
    @EnumSource
    void everyStepIsThereAfterADeathAndSaysWhatIsSo(End end) throws Exception {
        site.together = 1; // else there is hardly ever a moment between two of them
        site.restart();
        int number = 10;
        for (int length = 2; length <= AFTER.size(); length++) {
            for (int lost = 0; lost <= LOST; lost++) {
                check(number++, length, lost, end);
            }
        }
    }

    private void check(int number, int length, int lost, End end) throws Exception {
        String told = length + " steps, " + lost + " writes lost, " + end + ", ";
        site.build("before " + number, chain(number, BEFORE).getLast());
        List<Vertex> steps = chain(number, AFTER);
        int writes = 2 * length + 1; // that it begins and ends, what is remembered, and two of each step that runs
        int written = site.rows.written();
        site.rows.dieAfter(writes - lost);
        build("killed " + number, steps, length, end);
        if (lost == 0) {
            assertThat(site.rows.written() - written).as(told).isEqualTo(writes);
        }
        site.restart();

        List<Evidence> killed = steps("killed " + number);
        assertThat(killed).as(told).hasSizeBetween(lost == LOST ? 0 : length, length + 1);
        for (Evidence step : killed.subList(Math.min(2, killed.size()), killed.size())) {
            boolean isGood = end == End.GOOD || step.number() <= length;
            assertThat(step.outcome() == Outcome.SUCCEEDED).as(told + step).isEqualTo(isGood);
            assertThat(step.outcome()).as(told + step).isNotEqualTo(Outcome.UNKNOWN);
            checkReasons(step, told, reason -> isSo(reason, number, step.number(), killed.size()));
        }

        site.build("after " + number, steps.getLast());
        List<Evidence> after = steps("after " + number);
        assertThat(after).as(told).hasSize(steps.size());
        for (Evidence step : after) {
            if (step.decision() instanceof Decision.Ran) {
                assertThat(step.outcome()).as(told + step).isEqualTo(Outcome.SUCCEEDED);
                checkReasons(
                        step,
                        told,
                        reason -> isSo(reason, number, step.number(), after.size())
                                || (reason instanceof Reason.Unfinished before
                                        && before.build().equals("killed " + number)));
            }
        }
    }

    private void build(String id, List<Vertex> steps, int length, End end) throws Exception {
        if (end == End.GOOD) {
            site.build(id, steps.get(length));
            return;
        }
        site.failing = String.join(" ", ((ExecOp) steps.get(length).op()).args());
        site.build(id, steps.get(length));
        site.failing = "";
    }

    private List<Evidence> steps(String build) throws IOException {
        HistoryReader reader = site.history.read();
        List<Evidence> steps = reader.steps(reader.build(build));
        assertThat(steps)
                .extracting(Evidence::number)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, steps.size()).boxed().toList());
        return steps;
    }

    /** One reason at least tells what was done; all others may only tell that what comes before is another one. */
    private static void checkReasons(Evidence step, String told, Predicate<Reason> isSo) {
        List<Reason> reasons = ((Decision.Ran) step.decision()).reasons();
        assertThat(reasons).as(told + step).anyMatch(isSo);
        assertThat(reasons)
                .as(told + step)
                .allMatch(isSo.or(Reason.UpstreamChanged.class::isInstance).or(Reason.InputChanged.class::isInstance));
    }

    /**
     * Whether a reason is what there is to say of a step.
     *
     * @param known how many steps of the build are known
     */
    private static boolean isSo(Reason reason, int number, int step, int known) {
        boolean isLast = step == known;
        return switch (step) {
            case 3 ->
                isLast
                        ? reason instanceof Reason.NeverSeen || reason instanceof Reason.OperationChanged
                        : reason.equals(order(Shift.INSERTED, 4, number + "b"));
            case 4 -> reason.equals(order(Shift.AFTER_NEW, 3, number + "new"));
            case 5 -> reason.equals(new Reason.OperationChanged(Field.Group.ARGUMENT, "argument 2", "1", "2"));
            case 6 ->
                isLast
                        ? reason.equals(
                                new OrderChanged(Shift.REMOVED, 5, "exec run " + number + "d", "before " + number))
                        : reason.equals(order(Shift.SWAPPED, 7, number + "d"));
            case 7 -> reason.equals(order(Shift.SWAPPED, 6, number + "e"));
            case 8 -> reason.equals(new OrderChanged(Shift.REMOVED, 7, "exec run " + number + "f", "before " + number));
            default -> false;
        };
    }

    private static OrderChanged order(Shift how, int step, String words) {
        return new OrderChanged(how, step, "exec run " + words, "");
    }
}
