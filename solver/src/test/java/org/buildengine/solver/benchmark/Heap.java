package org.buildengine.solver.benchmark;

import java.lang.management.ManagementFactory;

/** The heap after collection. */
final class Heap {
    private static final int COLLECTIONS = 4;

    private Heap() {}

    /** Bytes that are alive. */
    @SuppressWarnings("SystemGc") // what is left after it is what is measured
    static long live() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
