package org.buildengine.solver.admission;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** Some who enter a gate of one place, and leave or give up: never are two in, and nobody waits at a gate that is free. */
@Param(name = "one", gen = IntGen.class, conf = "0:2")
public class GateLincheckTest {
    private final Gate gate = new Gate(1);
    private final Set<Gate.Place> open = ConcurrentHashMap.newKeySet();

    @Operation
    public boolean enter(@Param(name = "one") int party) {
        open.add(gate.enter(party, 1));
        return atMostOneIsIn();
    }

    /** Lets one that is in leave, or one that waits give up. */
    @Operation
    public boolean close(@Param(name = "one") int which) {
        List<Gate.Place> places = List.copyOf(open);
        if (which < places.size() && open.remove(places.get(which))) {
            places.get(which).close();
        }
        return atMostOneIsIn();
    }

    private boolean atMostOneIsIn() {
        return open.stream().filter(place -> place.entered().isDone()).count() <= 1;
    }

    @Validate
    public void nobodyWaitsAtAFreeGate() {
        long in = open.stream().filter(place -> place.entered().isDone()).count();
        if (in != Math.min(1, open.size())) {
            throw new IllegalStateException(in + " are in of " + open.size());
        }
        open.forEach(Gate.Place::close);
        if (!gate.toString().startsWith("0 of 1")) {
            throw new IllegalStateException("all have left, and " + gate);
        }
    }

    @Test
    void noOrderLetsTwoInOrLeavesOneOutside() {
        new ModelCheckingOptions()
                .iterations(5)
                .invocationsPerIteration(50)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .check(GateLincheckTest.class);
    }
}
