package org.buildengine.solver.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.buildengine.snapshotter.Owner;
import org.junit.jupiter.api.Test;

/**
 * P1 on the real owner ledger, under controlled interleavings: owners take hold and close while a collector lets results
 * go, and every thread can lose its turn before each step. Whoever was told that it holds a result has it until it closes;
 * what is held does not go; when all have closed nobody holds anything.
 */
class OwnerLedgerSimulationTest {
    private static final long SEEDS = Long.getLong("engine.simulation.seeds", 20_000) / 4;

    /** The ledger's package-private methods, of the class that can be interrupted. */
    private record Ledger(Object ledger, Method open, Method held, Method leave, Method left) {
        static Ledger of(LongPredicate exists) throws ReflectiveOperationException {
            Class<?> type = TYPE;
            Constructor<?> constructor =
                    type.getDeclaredConstructor(LongPredicate.class, LongConsumer.class, InstantSource.class);
            constructor.setAccessible(true);
            return new Ledger(
                    constructor.newInstance(exists, (LongConsumer) _ -> Strand.pause(), InstantSource.system()),
                    method("open", String.class),
                    method("held", long.class),
                    method("leave", long.class),
                    method("left", Collection.class));
        }

        private static final Class<?> TYPE = type();

        private static Class<?> type() {
            try {
                return new Interruptions(List.of("org.buildengine.snapshotter.store"))
                        .loadClass("org.buildengine.snapshotter.store.OwnerLedger");
            } catch (ClassNotFoundException e) {
                throw new LinkageError("no ledger", e);
            }
        }

        private static Method method(String name, Class<?> parameter) throws NoSuchMethodException {
            Method method = TYPE.getDeclaredMethod(name, parameter);
            method.setAccessible(true);
            return method;
        }

        private Object call(Method method, Object argument) {
            try {
                Strand.pause();
                return method.invoke(ledger, argument);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        Owner open(String name) {
            return (Owner) call(open, name);
        }

        boolean held(long result) {
            return (boolean) call(held, result);
        }

        boolean leave(long result) {
            return (boolean) call(leave, result);
        }

        void left(List<Long> results) {
            call(left, results);
        }
    }

    /** One seed: three results, some owners, one collector. */
    private static final class Play {
        private final SplittableRandom random;
        private final Schedule schedule;
        private final Ledger ledger;
        private final Set<Long> present = new HashSet<>(List.of(1L, 2L, 3L));
        private final List<String> violations = new ArrayList<>();

        Play(long seed) throws ReflectiveOperationException {
            random = new SplittableRandom(seed);
            schedule = new Schedule(random.split());
            ledger = Ledger.of(result -> {
                Strand.pause();
                boolean there = present.contains(result);
                Strand.pause();
                return there;
            });
        }

        List<String> run() {
            for (int i = 0; i < 2 + random.nextInt(3); i++) {
                SplittableRandom own = random.split();
                String name = "owner " + i;
                schedule.start(name, () -> own(name, own));
            }
            SplittableRandom collecting = random.split();
            schedule.start("collector", () -> collect(collecting));
            schedule.run();
            schedule.uncaught().forEach(thrown -> violations.add(thrown.toString()));
            schedule.unfinished().forEach(waiting -> violations.add("waits for ever: " + waiting));
            LongStream.rangeClosed(1, 3)
                    .filter(ledger::held)
                    .forEach(result -> violations.add("result " + result + " is held when all have closed"));
            return violations;
        }

        private void own(String name, SplittableRandom own) {
            Owner owner = ledger.open(name);
            var mine = new HashSet<Long>();
            for (int more = 1 + own.nextInt(4); more > 0; more--) {
                long result = 1L + own.nextInt(3);
                if (owner.hold(result)) {
                    mine.add(result);
                }
                Strand.pause();
                for (long held : mine) {
                    if (!present.contains(held) || !ledger.held(held)) {
                        violations.add(name + " was told that it holds result " + held + ", which is gone");
                    }
                }
            }
            Thread closing = schedule.start(name + " closes", owner::close);
            owner.close();
            if (owner.hold(1)) {
                violations.add(name + " holds something after it was closed");
            }
            try {
                closing.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void collect(SplittableRandom own) {
            for (int more = own.nextInt(5); more > 0; more--) {
                long result = 1L + own.nextInt(3);
                if (ledger.leave(result)) {
                    Strand.pause();
                    present.remove(result);
                    Strand.pause();
                    ledger.left(List.of(result));
                }
            }
        }
    }

    @Test
    void whatIsHeldStaysAndNothingIsHeldAfterAllHaveClosed() throws Exception {
        for (long seed = 1; seed <= SEEDS; seed++) {
            assertThat(new Play(seed).run()).as("seed %d", seed).isEmpty();
        }
    }
}
