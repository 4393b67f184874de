package org.buildengine.server;

import java.time.Instant;
import java.util.List;
import org.buildengine.snapshotter.Delay;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;

/** Who waits in the snapshotter, as everybody else is told. The constants of both sides have the same names. */
final class SnapshotterWaits {
    private SnapshotterWaits() {}

    /** Who waited there at {@code now}. Whoever did not say its name is the engine. */
    static List<Wait> of(List<Delay> delays, Instant now) {
        return delays.stream().map(delay -> wait(delay, now)).toList();
    }

    private static Wait wait(Delay delay, Instant now) {
        Party waiter = delay.waiter()
                .filter(Party.class::isInstance)
                .map(Party.class::cast)
                .orElse(Party.ENGINE);
        return new Wait(
                waiter,
                Party.ENGINE,
                Wait.Kind.valueOf(delay.cause().name()),
                delay.detail(),
                now.minus(delay.age()),
                delay.left().map(now::plus));
    }

    /** The same runner; what its thread waits for in the snapshotter, the step waits for. */
    static <O extends Op> OpRunner<O> named(OpRunner<O> runner) {
        return (op, inputs, run) -> Party.step(run.vertex()).calls(() -> runner.run(op, inputs, run));
    }
}
