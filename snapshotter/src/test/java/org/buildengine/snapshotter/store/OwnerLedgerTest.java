package org.buildengine.snapshotter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.buildengine.snapshotter.Holdings;
import org.buildengine.snapshotter.Owner;
import org.junit.jupiter.api.Test;

/** Who holds what can be seen, and who was forgotten is. Orders of threads are tried by the solver's simulator. */
class OwnerLedgerTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final OwnerLedger ledger = new OwnerLedger(result -> result != 99, _ -> {}, now::get);

    @Test
    void ownersAreListedWithWhatTheyHoldTheOldestFirst() {
        Owner session = ledger.open("session a");
        now.set(NOON.plusSeconds(5));
        Owner step = ledger.open("exec b");
        try (Owner idle = ledger.open("idle")) {
            step.hold(3);
            session.hold(3);
            session.hold(4);
            session.hold(4);
            idle.hold(99);
            assertThat(ledger.holdings())
                    .containsExactly(
                            new Holdings("session a", NOON, 2), new Holdings("exec b", NOON.plusSeconds(5), 1));
        }
        session.close();
        session.close();
        assertThat(ledger.holdings()).extracting(Holdings::owner).containsExactly("exec b");
        assertThat(ledger.held(4)).isFalse();
        step.close();
        assertThat(ledger.holdings()).isEmpty();
    }

    @Test
    void ownerThatNobodyCanCloseAnyMoreIsToldByName() {
        List<String> told = new CopyOnWriteArrayList<>();
        Logger log = Logger.getLogger(OwnerLedger.class.getName());
        var listener = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                told.add(MessageFormat.format(entry.getMessage(), entry.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        log.addHandler(listener);
        log.setUseParentHandlers(false);
        try {
            ledger.open("closed").close();
            forget();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                System.gc();
                return !told.isEmpty();
            });
        } finally {
            log.removeHandler(listener);
            log.setUseParentHandlers(true);
        }
        assertThat(told)
                .singleElement()
                .asString()
                .startsWith("\"exec c\" was given up without being closed; 2 results that it has held since "
                        + "2026-01-01T12:00:00Z stay until the engine ends");
        assertThat(ledger.holdings()).containsExactly(new Holdings("exec c", NOON, 2));
    }

    @SuppressWarnings("resource") // that is the point
    private void forget() {
        ledger.open("holds nothing");
        Owner owner = ledger.open("exec c");
        owner.hold(1);
        owner.hold(2);
    }
}
