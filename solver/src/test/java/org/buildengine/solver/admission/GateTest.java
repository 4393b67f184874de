package org.buildengine.solver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.buildengine.solver.Headroom;
import org.junit.jupiter.api.Test;

class GateTest {
    private static List<Gate.Place> enter(Gate gate, String party, int times) {
        return IntStream.range(0, times).mapToObj(_ -> gate.enter(party, 1)).toList();
    }

    @Test
    void letsInAsManyAsItHoldsAndTheRestInOrder() {
        var gate = new Gate(1);
        Gate.Place first = gate.enter("a", 1);
        Gate.Place second = gate.enter("a", 1);
        Gate.Place third = gate.enter("a", 1);
        assertThat(second.entered()).isNotDone();
        first.close();
        assertThat(second.entered()).isDone();
        assertThat(third.entered()).isNotDone();
        second.close();
        assertThat(third.entered()).isDone();
    }

    @Test
    void saysHowManyAreIn() {
        var gate = new Gate(2);
        gate.enter("a", 1).close();
        gate.enter("a", 1);
        assertThat(gate).hasToString("1 of 2 places taken");
    }

    @Test
    void closingTwiceLetsOnlyOneIn() {
        var gate = new Gate(1);
        Gate.Place first = gate.enter("a", 1);
        Gate.Place second = gate.enter("a", 1);
        Gate.Place third = gate.enter("a", 1);
        first.close();
        first.close();
        assertThat(second.entered()).isDone();
        assertThat(third.entered()).isNotDone();
    }

    @Test
    void whoGivesUpIsPassedOver() {
        var gate = new Gate(1);
        Gate.Place first = gate.enter("a", 1);
        Gate.Place leaving = gate.enter("a", 1);
        Gate.Place staying = gate.enter("a", 1);
        leaving.close();
        first.close();
        assertThat(staying.entered()).isDone();
        staying.close();
        assertThat(gate.enter("a", 1).entered()).isDone();
    }

    @Test
    void oneThatWaitsIsNotHeldBackByAThousandOfAnother() {
        var gate = new Gate(4);
        List<Gate.Place> many = enter(gate, "many", 1004);
        Gate.Place one = gate.enter("one", 1);
        assertThat(one.entered()).isNotDone();
        many.getFirst().close();
        assertThat(one.entered()).isDone();
        assertThat(many.get(4).entered()).isNotDone();
    }

    @Test
    void partiesThatAllHaveSomeWaitingHaveTheSameShare() {
        var gate = new Gate(6);
        var inside = new ArrayList<Gate.Place>();
        List<Gate.Place> first = enter(gate, "first", 100);
        List<Gate.Place> second = enter(gate, "second", 50);
        List<Gate.Place> third = enter(gate, "third", 50);
        first.stream().limit(6).forEach(place -> inside.add(place));
        inside.forEach(Gate.Place::close);
        assertThat(List.of(first, second, third))
                .extracting(places -> places.stream()
                        .filter(place -> place.entered().isDone())
                        .count())
                .containsExactly(6L + 2, 2L, 2L);
    }

    @Test
    void equalPartiesAreServedInTurn() {
        var gate = new Gate(1);
        Gate.Place inside = gate.enter("other", 1);
        List<Gate.Place> first = enter(gate, "first", 2);
        List<Gate.Place> second = enter(gate, "second", 2);
        inside.close();
        assertThat(first.get(0).entered()).isDone();
        first.get(0).close();
        assertThat(second.get(0).entered()).isDone();
        second.get(0).close();
        assertThat(first.get(1).entered()).isDone();
        assertThat(second.get(1).entered()).isNotDone();
    }

    @Test
    void sharedPlaceIsTakenOnceByWhicheverTurnComesFirst() {
        var gate = new Gate(1);
        List<Gate.Place> many = enter(gate, "many", 1001);
        Gate.Place shared = many.getLast();
        shared.share("one");
        many.getFirst().close();
        assertThat(shared.entered()).isNotDone();
        many.get(1).close();
        assertThat(shared.entered()).isDone();
        assertThat(many.get(2).entered()).isNotDone();
        shared.close();
        for (int i = 2; i < 1000; i++) {
            many.get(i).close();
        }
        assertThat(gate).hasToString("0 of 1 places taken");
    }

    @Test
    void placeThatIsInNeedsNoOtherTurn() {
        var gate = new Gate(1);
        Gate.Place in = gate.enter("a", 1);
        in.share("b");
        in.close();
        assertThat(gate).hasToString("0 of 1 places taken");
        assertThat(gate.enter("b", 1).entered()).isDone();
    }

    @Test
    void whatIsHeavyTakesMore() {
        var gate = new Gate(4);
        Gate.Place heavy = gate.enter("a", 3);
        Gate.Place light = gate.enter("b", 1);
        Gate.Place next = gate.enter("c", 2);
        assertThat(heavy.entered()).isDone();
        assertThat(light.entered()).isDone();
        assertThat(gate).hasToString("4 of 4 places taken");
        light.close();
        assertThat(next.entered()).isNotDone();
        heavy.close();
        assertThat(next.entered()).isDone();
    }

    @Test
    void nobodyOvertakesTheHeavyOne() {
        var gate = new Gate(4);
        Gate.Place first = gate.enter("a", 2);
        Gate.Place second = gate.enter("a", 2);
        Gate.Place heavy = gate.enter("b", 4);
        List<Gate.Place> light = enter(gate, "c", 3);
        first.close();
        assertThat(heavy.entered()).isNotDone();
        assertThat(light).noneMatch(place -> place.entered().isDone());
        second.close();
        assertThat(heavy.entered()).isDone();
        assertThat(light).noneMatch(place -> place.entered().isDone());
        heavy.close();
        assertThat(light).allMatch(place -> place.entered().isDone());
    }

    @Test
    void whatIsHeavierThanTheGateComesInAlone() {
        var gate = new Gate(2);
        Gate.Place light = gate.enter("a", 1);
        Gate.Place heavy = gate.enter("a", 100);
        assertThat(heavy.entered()).isNotDone();
        light.close();
        assertThat(heavy.entered()).isDone();
        assertThat(gate.enter("b", 1).entered()).isNotDone();
    }

    @Test
    void whenTheHeavyOneGivesUpTheOthersGoOn() {
        var gate = new Gate(2);
        Gate.Place inside = gate.enter("a", 1);
        Gate.Place heavy = gate.enter("b", 2);
        Gate.Place light = gate.enter("c", 1);
        assertThat(light.entered()).isNotDone();
        heavy.close();
        assertThat(light.entered()).isDone();
        assertThat(heavy.entered()).isNotDone();
        inside.close();
        light.close();
        heavy.close();
        assertThat(gate).hasToString("0 of 2 places taken");
    }

    @Test
    void heavyPartiesHaveNoLargerShare() {
        var gate = new Gate(6);
        Gate.Place all = gate.enter("other", 6);
        List<Gate.Place> light = enter(gate, "light", 10);
        List<Gate.Place> heavy =
                IntStream.range(0, 10).mapToObj(_ -> gate.enter("heavy", 3)).toList();
        all.close();
        assertThat(light.stream().filter(place -> place.entered().isDone())).hasSize(3);
        assertThat(heavy.stream().filter(place -> place.entered().isDone())).hasSize(1);
    }

    /** What is short, and who is to be told when that may have changed. */
    private static final class Machine implements Headroom {
        private final List<Runnable> watching = new ArrayList<>();
        private boolean isShort;

        @Override
        public Optional<String> shortage() {
            return isShort ? Optional.of("memory is short") : Optional.empty();
        }

        @Override
        public void whenItMayHaveChanged(Runnable action) {
            watching.add(action);
        }

        void change(boolean shortOfMemory) {
            isShort = shortOfMemory;
            var told = List.copyOf(watching);
            watching.clear();
            told.forEach(Runnable::run);
        }
    }

    @Test
    void withoutHeadroomOneAlwaysRunsAndNoFurther() {
        var machine = new Machine();
        machine.isShort = true;
        var gate = new Gate(4, machine);
        List<Gate.Place> places = enter(gate, "a", 3);
        assertThat(places).extracting(place -> place.entered().isDone()).containsExactly(true, false, false);
        assertThat(gate).hasToString("1 of 4 places taken, memory is short");
        places.get(0).close();
        assertThat(places).extracting(place -> place.entered().isDone()).containsExactly(true, true, false);
        assertThat(machine.watching).hasSize(1);
    }

    @Test
    void whenThereIsHeadroomAgainTheOthersComeIn() {
        var machine = new Machine();
        var gate = new Gate(4, machine);
        Gate.Place first = gate.enter("a", 1);
        machine.isShort = true;
        List<Gate.Place> waiting = enter(gate, "a", 2);
        machine.change(true);
        assertThat(waiting).noneMatch(place -> place.entered().isDone());
        machine.change(false);
        assertThat(waiting).allMatch(place -> place.entered().isDone());
        assertThat(gate).hasToString("3 of 4 places taken");
        assertThat(machine.watching).isEmpty();
        assertThat(first.entered()).isDone();
    }

    @Test
    void whoGivesUpForWantOfHeadroomIsGone() {
        var machine = new Machine();
        var gate = new Gate(4, machine);
        Gate.Place first = gate.enter("a", 1);
        machine.isShort = true;
        Gate.Place waiting = gate.enter("b", 1);
        waiting.close();
        assertThat(gate).hasToString("1 of 4 places taken");
        machine.change(false);
        assertThat(waiting.entered()).isNotDone();
        first.close();
        assertThat(gate).hasToString("0 of 4 places taken");
    }

    @Test
    void whatWeighsNothingIsRefused() {
        assertThatThrownBy(() -> new Gate(1).enter("a", 0)).hasMessage("nothing has a weight of 0");
    }

    @Test
    void gateWithoutPlacesIsRefused() {
        assertThatThrownBy(() -> new Gate(0)).hasMessage("a gate lets in at least one, not 0");
    }
}
