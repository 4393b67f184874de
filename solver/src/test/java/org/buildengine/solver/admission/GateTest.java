package org.buildengine.solver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class GateTest {
    @Test
    void letsInAsManyAsItHoldsAndTheRestInOrder() {
        var gate = new Gate(1);
        Gate.Pass first = gate.enter().join();
        CompletableFuture<Gate.Pass> second = gate.enter();
        CompletableFuture<Gate.Pass> third = gate.enter();
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
        gate.enter().join().close();
        gate.enter().join();
        assertThat(gate).hasToString("1 of 2 places taken");
    }

    @Test
    void closingTwiceLetsOnlyOneIn() {
        var gate = new Gate(1);
        Gate.Pass first = gate.enter().join();
        CompletableFuture<Gate.Pass> second = gate.enter();
        CompletableFuture<Gate.Pass> third = gate.enter();
        first.close();
        first.close();
        assertThat(second).isDone();
        assertThat(third).isNotDone();
    }

    @Test
    void whoGivesUpIsPassedOver() {
        var gate = new Gate(1);
        Gate.Pass first = gate.enter().join();
        CompletableFuture<Gate.Pass> leaving = gate.enter();
        CompletableFuture<Gate.Pass> staying = gate.enter();
        leaving.cancel(false);
        first.close();
        assertThat(staying).isDone();
        staying.join().close();
        assertThat(gate.enter()).isDone();
    }

    @Test
    void gateWithoutPlacesIsRefused() {
        assertThatThrownBy(() -> new Gate(0)).hasMessage("a gate lets in at least one, not 0");
    }
}
