package org.buildengine.solver.admission;

import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.waiting.Party;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** Some who take one or both of two volumes, and give them back or give up: a volume is nobody's or one's, and free ones are granted. */
@Param(name = "volumes", gen = IntGen.class, conf = "1:3")
@Param(name = "which", gen = IntGen.class, conf = "0:2")
public class VolumeLocksLincheckTest {
    private static final Digest ONE = Digest.of("one");
    private static final Digest TWO = Digest.of("two");
    private static final List<Set<Digest>> SETS = List.of(Set.of(), Set.of(ONE), Set.of(TWO), Set.of(ONE, TWO));

    private final VolumeLocks locks = new VolumeLocks(InstantSource.system());
    private final Map<VolumeLocks.Place, Set<Digest>> open = new ConcurrentHashMap<>();

    @Operation
    public boolean take(@Param(name = "volumes") int volumes) {
        Set<Digest> wanted = SETS.get(volumes);
        open.put(locks.take(wanted, Party.ENGINE), wanted);
        return eachHasOneUser();
    }

    /** Gives back what one has, or lets one that waits give up. */
    @Operation
    public boolean close(@Param(name = "which") int which) {
        List<VolumeLocks.Place> places = List.copyOf(open.keySet());
        if (which < places.size() && open.remove(places.get(which)) != null) {
            places.get(which).close();
        }
        return eachHasOneUser();
    }

    private boolean eachHasOneUser() {
        var used = new HashSet<Digest>();
        return open.entrySet().stream()
                .filter(each -> each.getKey().granted().isDone())
                .flatMap(each -> each.getValue().stream())
                .allMatch(used::add);
    }

    @Validate
    public void whatIsFreeIsGranted() {
        while (!open.isEmpty()) {
            VolumeLocks.Place user = open.keySet().stream()
                    .filter(place -> place.granted().isDone())
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("all of " + open.size() + " wait"));
            open.remove(user);
            user.close();
        }
        if (!locks.waits().isEmpty()) {
            throw new IllegalStateException("nobody has a volume, and " + locks.waits());
        }
    }

    @Test
    void noOrderGivesAVolumeToTwoOrForgetsOneWhoWaits() {
        new ModelCheckingOptions()
                .iterations(5)
                .invocationsPerIteration(50)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(0)
                .check(VolumeLocksLincheckTest.class);
    }
}
