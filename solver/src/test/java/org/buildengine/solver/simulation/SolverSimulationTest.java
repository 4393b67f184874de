package org.buildengine.solver.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.assertj.core.util.Throwables;
import org.buildengine.solver.Solver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Simulates {@code engine.simulation.seeds} worlds, from {@code engine.simulation.first} on, on all processors. {@code
 * docs/dev/simulate} runs more of them, or one again.
 */
class SolverSimulationTest {
    private static final long SEEDS = Long.getLong("engine.simulation.seeds", 20_000);
    private static final long FIRST = Long.getLong("engine.simulation.first", 1);

    /** After so many violations nobody needs more of them. */
    private static final int ENOUGH = 5;

    /** Listeners fail often here, and each time the solver says so. */
    private static final Logger SILENT = Logger.getLogger("org.buildengine.solver.node");

    @BeforeAll
    static void silence() {
        SILENT.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        SILENT.setLevel(null);
    }

    /** The solver, so that its threads can lose their turn anywhere. */
    private static Class<? extends Solver> solver() throws ClassNotFoundException {
        var interruptions =
                new Interruptions(List.of("org.buildengine.solver.node", "org.buildengine.solver.admission"));
        return interruptions.loadClass("org.buildengine.solver.node.NodeSolver").asSubclass(Solver.class);
    }

    @Test
    void noWorldViolatesAnything() throws Exception {
        Class<? extends Solver> solver = solver();
        var next = new AtomicLong(FIRST);
        var broken = new ConcurrentLinkedQueue<String>();
        var simulated = new LongAdder();
        var processor = new LongAdder();
        long began = System.nanoTime();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            threads.add(Thread.ofPlatform().name("worlds " + i).start(() -> {
                long seed = next.getAndIncrement();
                while (seed < FIRST + SEEDS && broken.size() < ENOUGH) {
                    List<Violation> violations = new World(seed, solver).run().violations();
                    simulated.increment();
                    if (!violations.isEmpty()) {
                        broken.add("seed " + seed + ": " + describe(violations.getFirst()));
                    }
                    seed = next.getAndIncrement();
                }
                processor.add(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        long worlds = simulated.sum();
        System.out.printf(
                "%d worlds simulated in %.1f s: %.0f per second, %.2f ms of processor time each%n",
                worlds, seconds, worlds / seconds, processor.sum() / 1e6 / worlds);
        assertThat(broken.stream().sorted().collect(Collectors.joining("\n")))
                .as("what was violated; docs/dev/simulate 1 SEED repeats one world")
                .isEmpty();
        assertThat(worlds).as("simulated worlds").isEqualTo(SEEDS);
    }

    private static String describe(Violation violation) {
        return SEEDS == 1 ? Throwables.getStackTrace(violation) : violation.toString();
    }

    @Test
    void sameSeedIsTheSameWorld() throws Exception {
        Class<? extends Solver> solver = solver();
        for (long seed = FIRST; seed < FIRST + Math.min(SEEDS, 300); seed++) {
            long once = new World(seed, solver).run().fingerprint();
            long again = new World(seed, solver).run().fingerprint();
            assertThat(again).as("seed %d", seed).isEqualTo(once);
        }
    }
}
