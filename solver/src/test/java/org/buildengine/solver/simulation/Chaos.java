package org.buildengine.solver.simulation;

import java.io.IOException;
import java.util.SplittableRandom;

/** What goes wrong in a world, and how often: the seed decides, until calm returns. */
final class Chaos {
    /** Part of the message of every injected fault. */
    static final String INJECTED = "injected fault";

    private final SplittableRandom random;
    private final boolean ever;
    private final int failingRuns;
    private final int failingStore;
    private final int failingListeners;

    /** How many listeners have failed: by turns with an exception and an error. */
    private int failed;

    private final int forgetting;
    private final int wanting;
    private boolean calm;

    Chaos(SplittableRandom random) {
        this.random = random;
        this.ever = random.nextInt(4) != 0;
        this.failingRuns = rate(3);
        this.failingStore = rate(8);
        this.failingListeners = rate(24);
        this.forgetting = rate(2);
        this.wanting = rate(2);
        this.calm = !ever;
    }

    /** One in so many, or never. */
    private int rate(int most) {
        return random.nextBoolean() ? 0 : most + random.nextInt(4 * most);
    }

    /** Whether anything was ever to go wrong in this world. */
    boolean ever() {
        return ever;
    }

    boolean calm() {
        return calm;
    }

    /** From now on nothing goes wrong. */
    void end() {
        calm = true;
    }

    private boolean strikes(int oneIn) {
        return !calm && oneIn > 0 && random.nextInt(oneIn) == 0;
    }

    void maybeFailRun() throws IOException {
        if (strikes(failingRuns)) {
            switch (random.nextInt(3)) {
                case 0 -> throw new IOException(INJECTED + " in a run");
                case 1 -> throw new IllegalStateException(INJECTED + " in a run, unchecked");
                default -> throw new AssertionError(INJECTED + " in a run, an error");
            }
        }
    }

    void maybeFailStore() throws IOException {
        if (strikes(failingStore)) {
            throw new IOException(INJECTED + " in the store");
        }
    }

    void maybeFailListener() {
        if (strikes(failingListeners)) {
            failed++;
            if (failed % 2 == 0) {
                throw new IllegalStateException(INJECTED + " in a listener");
            }
            throw new AssertionError(INJECTED + " in a listener, an error");
        }
    }

    /** Whether memory is short now. */
    boolean wantsMemory() {
        return strikes(wanting);
    }

    /** Whether the collector takes something out now. */
    boolean forgets() {
        return strikes(forgetting);
    }
}
