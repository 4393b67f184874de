package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StalledEndpointsTest {
    private static final List<RegistryEndpoint> ALL = RegistryEndpoint.of(
            "example.com",
            RegistrySettings.DEFAULT.withMirrors(
                    Map.of("example.com", List.of(URI.create("https://one"), URI.create("https://two")))));
    private static final RegistryEndpoint ONE = ALL.get(0);
    private static final RegistryEndpoint TWO = ALL.get(1);
    private static final RegistryEndpoint REGISTRY = ALL.get(2);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1000);
    private final StalledEndpoints stalled = new StalledEndpoints(nanos::get);

    @Test
    void whoStoodStillIsAskedLastForAWhile() {
        stalled.stalled(ONE, ALL);
        assertThat(stalled.inOrder(ALL)).containsExactly(TWO, REGISTRY, ONE);
        stalled.stalled(REGISTRY, ALL);
        assertThat(stalled.inOrder(ALL)).containsExactly(TWO, ONE, REGISTRY);

        nanos.addAndGet(StalledEndpoints.MEMORY.toNanos() - 1);
        assertThat(stalled.inOrder(ALL)).containsExactly(TWO, ONE, REGISTRY);
        nanos.incrementAndGet();
        assertThat(stalled.inOrder(ALL)).containsExactly(ONE, TWO, REGISTRY);
    }

    @Test
    void whoAnswersIsAskedInItsTurnAgain() {
        stalled.stalled(ONE, ALL);
        stalled.answered(ONE);
        assertThat(stalled.inOrder(ALL)).containsExactly(ONE, TWO, REGISTRY);
    }

    /** Anybody can name a registry: what is remembered of them would have no end. */
    @Test
    void registryWithoutMirrorsIsNotRemembered() {
        stalled.stalled(REGISTRY, List.of(REGISTRY));
        assertThat(stalled.inOrder(ALL)).containsExactly(ONE, TWO, REGISTRY);
    }
}
