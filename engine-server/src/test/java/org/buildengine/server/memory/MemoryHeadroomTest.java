package org.buildengine.server.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.server.cache.DiskSpace;
import org.buildengine.solver.admission.Gate;
import org.junit.jupiter.api.Test;

class MemoryHeadroomTest {
    private static final long MIB = 1 << 20;
    private static final long SECOND = 1_000_000_000;

    private final List<Memory> memory = new ArrayList<>(List.of(
            new Memory("of the machine", 4000 * MIB, 8000 * MIB), new Memory("of cgroup /a", 900 * MIB, 1000 * MIB)));
    private final AtomicInteger readings = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private final List<Runnable> later = new ArrayList<>();

    /** Readings of what {@link #memory} says. */
    private final class Readings implements MemoryHeadroom.Source {
        private boolean fails;

        @Override
        public List<Memory> read() throws IOException {
            readings.incrementAndGet();
            if (fails) {
                throw new IOException("no such thing");
            }
            return memory;
        }

        @Override
        public void close() {}
    }

    private final Readings source = new Readings();

    private MemoryHeadroom headroom(String reserve) {
        return new MemoryHeadroom(source, DiskSpace.parse(reserve), nanos::get, later::add);
    }

    @Test
    void enoughIsNoShortage() {
        assertThat(headroom("10%").shortage()).isEmpty();
    }

    @Test
    void whateverIsShortIsNamedWithItsNumbers() {
        assertThat(headroom("5GB").shortage())
                .hasValue("memory is short: 4000 MiB of the machine are available, 5120 MiB are to stay free");
        assertThat(headroom("950MB").shortage())
                .hasValue("memory is short: 900 MiB of cgroup /a are available, 950 MiB are to stay free");
    }

    @Test
    void reserveOfNothingIsNeverShort() {
        memory.set(0, new Memory("of the machine", 0, 8000 * MIB));
        assertThat(headroom("0").shortage()).isEmpty();
    }

    @Test
    void kernelIsAskedOnceInAMoment() {
        MemoryHeadroom headroom = headroom("10%");
        headroom.shortage();
        headroom.shortage();
        assertThat(readings).hasValue(1);
        memory.set(0, new Memory("of the machine", 100 * MIB, 8000 * MIB));
        nanos.addAndGet(SECOND);
        assertThat(headroom.shortage()).isPresent();
        assertThat(readings).hasValue(2);
    }

    @Test
    void whatCannotBeReadIsNotShort() {
        MemoryHeadroom headroom = headroom("100%");
        assertThat(headroom.shortage()).isPresent();
        source.fails = true;
        nanos.addAndGet(SECOND);
        assertThat(headroom.shortage()).isEmpty();
    }

    @Test
    void gateLetsInOneAfterTheOtherUntilThereIsMemoryAgain() {
        memory.set(0, new Memory("of the machine", 100 * MIB, 8000 * MIB));
        var gate = new Gate(4, headroom("10%"));
        Gate.Place first = gate.enter("a", 1);
        Gate.Place second = gate.enter("b", 1);
        assertThat(first.entered()).isDone();
        assertThat(second.entered()).isNotDone();
        assertThat(gate)
                .hasToString("1 of 4 places taken, memory is short: 100 MiB of the machine are available,"
                        + " 800 MiB are to stay free");
        nanos.addAndGet(SECOND);
        memory.set(0, new Memory("of the machine", 4000 * MIB, 8000 * MIB));
        later.removeFirst().run();
        assertThat(second.entered()).isDone();
        assertThat(later).isEmpty();
    }
}
