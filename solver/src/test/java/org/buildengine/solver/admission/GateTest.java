package org.buildengine.solver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GateTest {
    private static List<CompletableFuture<Gate.Pass>> enter(Gate gate, String party, int times) {
        return IntStream.range(0, times).mapToObj(_ -> gate.enter(party)).toList();
    }

    @Test
    void letsInAsManyAsItHoldsAndTheRestInOrder() {
        var gate = new Gate(1);
        Gate.Pass first = gate.enter("a").join();
        CompletableFuture<Gate.Pass> second = gate.enter("a");
        CompletableFuture<Gate.Pass> third = gate.enter("a");
        assertThat(second).isNotDone();
        first.close();
        assertThat(second).isDone();
        assertThat(third).isNotDone();
        second.join().close();
        assertThat(third).isDone();
    }

    @Test
    void saysHowManyAreIn() {
        var gate = new Gate(2);
        gate.enter("a").join().close();
        gate.enter("a").join();
        assertThat(gate).hasToString("1 of 2 places taken");
    }

    @Test
    void closingTwiceLetsOnlyOneIn() {
        var gate = new Gate(1);
        Gate.Pass first = gate.enter("a").join();
        CompletableFuture<Gate.Pass> second = gate.enter("a");
        CompletableFuture<Gate.Pass> third = gate.enter("a");
        first.close();
        first.close();
        assertThat(second).isDone();
        assertThat(third).isNotDone();
    }

    @Test
    void whoGivesUpIsPassedOver() {
        var gate = new Gate(1);
        Gate.Pass first = gate.enter("a").join();
        CompletableFuture<Gate.Pass> leaving = gate.enter("a");
        CompletableFuture<Gate.Pass> staying = gate.enter("a");
        leaving.cancel(false);
        first.close();
        assertThat(staying).isDone();
        staying.join().close();
        assertThat(gate.enter("a")).isDone();
    }

    @Test
    void oneThatWaitsIsNotHeldBackByAThousandOfAnother() {
        var gate = new Gate(4);
        List<CompletableFuture<Gate.Pass>> many = enter(gate, "many", 1004);
        CompletableFuture<Gate.Pass> one = gate.enter("one");
        assertThat(one).isNotDone();
        many.getFirst().join().close();
        assertThat(one).isDone();
        assertThat(many.get(4)).isNotDone();
    }

    @Test
    void partiesThatAllHaveSomeWaitingHaveTheSameShare() {
        var gate = new Gate(6);
        var inside = new ArrayList<Gate.Pass>();
        List<CompletableFuture<Gate.Pass>> first = enter(gate, "first", 100);
        List<CompletableFuture<Gate.Pass>> second = enter(gate, "second", 50);
        List<CompletableFuture<Gate.Pass>> third = enter(gate, "third", 50);
        first.stream().limit(6).forEach(place -> inside.add(place.join()));
        inside.forEach(Gate.Pass::close);
        assertThat(List.of(first, second, third))
                .extracting(places ->
                        places.stream().filter(CompletableFuture::isDone).count())
                .containsExactly(6L + 2, 2L, 2L);
    }

    @Test
    void equalPartiesAreServedInTurn() {
        var gate = new Gate(1);
        Gate.Pass inside = gate.enter("other").join();
        List<CompletableFuture<Gate.Pass>> first = enter(gate, "first", 2);
        List<CompletableFuture<Gate.Pass>> second = enter(gate, "second", 2);
        inside.close();
        assertThat(first.get(0)).isDone();
        first.get(0).join().close();
        assertThat(second.get(0)).isDone();
        second.get(0).join().close();
        assertThat(first.get(1)).isDone();
        assertThat(second.get(1)).isNotDone();
    }

    @Test
    void sharedPlaceIsTakenOnceByWhicheverTurnComesFirst() {
        var gate = new Gate(1);
        List<CompletableFuture<Gate.Pass>> many = enter(gate, "many", 1001);
        CompletableFuture<Gate.Pass> shared = many.getLast();
        gate.share(shared, "one");
        many.getFirst().join().close();
        assertThat(shared).isNotDone();
        many.get(1).join().close();
        assertThat(shared).isDone();
        assertThat(many.get(2)).isNotDone();
        shared.join().close();
        for (int i = 2; i < 1000; i++) {
            many.get(i).join().close();
        }
        assertThat(gate).hasToString("0 of 1 places taken");
    }

    @Test
    void placeThatIsInNeedsNoOtherTurn() {
        var gate = new Gate(1);
        CompletableFuture<Gate.Pass> in = gate.enter("a");
        gate.share(in, "b");
        in.join().close();
        assertThat(gate).hasToString("0 of 1 places taken");
        assertThat(gate.enter("b")).isDone();
    }

    @Test
    void gateWithoutPlacesIsRefused() {
        assertThatThrownBy(() -> new Gate(0)).hasMessage("a gate lets in at least one, not 0");
    }
}
