package org.buildengine.snapshotter.store;

import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.snapshotter.Owner;
import org.jetbrains.lincheck.datastructures.LongGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** Owners that take hold and close while a collector takes results out: what each is told could have come one after the other. */
@Param(name = "result", gen = LongGen.class, conf = "1:2")
public class OwnerLedgerLincheckTest {
    private final Set<Long> gone = ConcurrentHashMap.newKeySet();
    private final OwnerLedger ledger =
            new OwnerLedger(result -> !gone.contains(result), _ -> {}, InstantSource.system());
    private final Owner first = ledger.open("first");
    private final Owner second = ledger.open("second");

    @Operation
    public boolean holdByFirst(@Param(name = "result") long result) {
        return first.hold(result);
    }

    @Operation
    public boolean holdBySecond(@Param(name = "result") long result) {
        return second.hold(result);
    }

    @Operation
    public void closeFirst() {
        first.close();
    }

    @Operation
    public void closeSecond() {
        second.close();
    }

    /** Takes a result out as the store does; says whether it was there and nobody held it. */
    @Operation
    public boolean collect(@Param(name = "result") long result) {
        if (gone.contains(result) || !ledger.leave(result)) {
            return false;
        }
        boolean wasThere = gone.add(result);
        ledger.left(List.of(result));
        return wasThere;
    }

    @Test
    void modelCheckedOrdersGiveWhatOneAfterTheOtherWould() {
        new ModelCheckingOptions()
                .iterations(5)
                .invocationsPerIteration(50)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(1)
                .actorsAfter(2)
                .check(OwnerLedgerLincheckTest.class);
    }
}
