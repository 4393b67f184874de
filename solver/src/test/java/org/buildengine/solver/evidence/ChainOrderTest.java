package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.solver.evidence.Reason.OrderChanged;
import org.buildengine.solver.evidence.Reason.Shift;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Steps that were inserted, removed or swapped in a chain of commands that are all like each other. */
class ChainOrderTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    /** Builds a chain over an image, which is step 1; the result is its commands. */
    private List<Vertex> chain(String build, String... words) throws Exception {
        var chain = new ArrayList<Vertex>();
        Vertex at = site.upload("image", "bin", "sh");
        for (String each : words) {
            at = command("run " + each, at);
            chain.add(at);
        }
        site.build(build, at);
        return chain;
    }

    private List<OrderChanged> order(String build, Vertex step) throws IOException {
        site.restart();
        return site.reasons(build, step).stream()
                .filter(OrderChanged.class::isInstance)
                .map(OrderChanged.class::cast)
                .toList();
    }

    private Divergence diff(String before, String after) throws IOException {
        HistoryReader reader = site.history.read();
        return reader.diff(reader.build(before), reader.build(after)).orElseThrow();
    }

    private static OrderChanged change(Shift how, int step, String words) {
        return new OrderChanged(how, step, "exec run " + words, "");
    }

    private static OrderChanged removed(int step, String words) {
        return new OrderChanged(Shift.REMOVED, step, "exec run " + words, "one");
    }

    @Test
    void insertedStepIsNewAndNotAnotherOneWithOtherArguments() throws Exception {
        chain("one", "a", "b", "c");
        List<Vertex> steps = chain("two", "a", "new", "newer", "b", "c");
        assertThat(site.reasons("two", steps.get(1))).containsExactly(change(Shift.INSERTED, 5, "b"));
        assertThat(site.reasons("two", steps.get(2))).containsExactly(change(Shift.INSERTED, 5, "b"));
        assertThat(order("two", steps.get(3)))
                .containsExactly(change(Shift.AFTER_NEW, 3, "new"), change(Shift.AFTER_NEW, 4, "newer"));
        assertThat(site.reasons("two", steps.get(4))).singleElement().isInstanceOf(Reason.UpstreamChanged.class);
        assertThat(diff("one", "two"))
                .isEqualTo(new Divergence(0, 3, "exec run new", List.of(change(Shift.INSERTED, 5, "b"))));
    }

    @Test
    void stepThatIsNoLongerThereIsNamedByTheOneAfterIt() throws Exception {
        chain("one", "a", "b", "c", "d");
        List<Vertex> steps = chain("two", "a", "c", "d");
        assertThat(order("two", steps.get(1))).containsExactly(removed(3, "b"));
        assertThat(order("two", steps.get(2))).isEmpty();
        assertThat(diff("one", "two")).isEqualTo(new Divergence(3, 0, "exec run b", List.of()));
    }

    @Test
    void oneOfTwoStepsThatDoTheSameIsNoLongerThere() throws Exception {
        chain("one", "a", "t", "b", "t");
        List<Vertex> steps = chain("two", "a", "b", "t");
        assertThat(order("two", steps.get(1))).containsExactly(removed(3, "t"));
        assertThat(order("two", steps.get(2))).isEmpty();
        assertThat(diff("one", "two")).isEqualTo(new Divergence(3, 0, "exec run t", List.of()));
    }

    @Test
    void stepsThatWereSwappedNameEachOther() throws Exception {
        chain("one", "a", "b", "c", "d");
        List<Vertex> steps = chain("two", "a", "c", "b", "d");
        assertThat(order("two", steps.get(1))).containsExactly(change(Shift.SWAPPED, 4, "b"));
        assertThat(order("two", steps.get(2))).containsExactly(change(Shift.SWAPPED, 3, "c"));
        assertThat(diff("one", "two"))
                .isEqualTo(new Divergence(3, 4, "exec run b", List.of(change(Shift.SWAPPED, 3, "c"))));
        assertThat(diff("two", "one"))
                .isEqualTo(new Divergence(3, 4, "exec run c", List.of(change(Shift.SWAPPED, 3, "b"))));
    }

    @Test
    void stepThatCameBeforeTwoOthersIsSwappedWithBoth() throws Exception {
        chain("one", "a", "b", "c", "d");
        List<Vertex> steps = chain("two", "a", "d", "b", "c");
        assertThat(order("two", steps.get(1)))
                .containsExactly(change(Shift.SWAPPED, 4, "b"), change(Shift.SWAPPED, 5, "c"));
        assertThat(order("two", steps.get(2))).containsExactly(change(Shift.SWAPPED, 3, "d"));
        assertThat(order("two", steps.get(3))).containsExactly(change(Shift.SWAPPED, 3, "d"));
    }

    @Test
    void stepInWhosePlaceSomethingElseIsDoneIsNamed() throws Exception {
        Vertex image = site.upload("image", "bin", "sh");
        site.build("one", command("run b", command("lint all", image)));
        Vertex check = command("check all", site.upload("image", "bin", "sh"));
        Vertex after = command("run b", check);
        site.build("two", after);
        assertThat(site.reasons("two", check)).containsExactly(change(Shift.INSERTED, 3, "b"));
        assertThat(order("two", after))
                .containsExactly(
                        new OrderChanged(Shift.AFTER_NEW, 2, "exec check all", ""),
                        new OrderChanged(Shift.REMOVED, 2, "exec lint all", "one"));
        assertThat(diff("one", "two"))
                .isEqualTo(new Divergence(
                        2, 2, "exec check all", List.of(new OrderChanged(Shift.REPLACED, 2, "exec lint all", ""))));
    }

    @Test
    void stepThatEndedBeforeItWasKnownToBeNewIsNotTakenForOneThatTheEngineDiedOver() throws Exception {
        chain("one", "a", "b");
        List<Vertex> steps = chain("two", "new", "a", "b");
        assertThat(site.reasons("two", steps.get(0))).containsExactly(change(Shift.INSERTED, 3, "a"));
        site.restart();
        assertThat(site.evidence("two", steps.get(0)).outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(site.evidence("two", steps.get(0)).number()).isEqualTo(2);
    }
}
