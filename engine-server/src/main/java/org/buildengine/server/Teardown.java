package org.buildengine.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.buildengine.solver.waiting.Awaited;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;

/**
 * How sessions end: work is cancelled and waited for, the attachables are closed, event streams come to their end, then
 * everything that hangs on session and clients is released, the youngest first. Every step has a deadline; one that fails or
 * takes too long is logged and does not keep the next one. Safe for use by several threads.
 */
final class Teardown {
    private static final System.Logger LOG = System.getLogger(Teardown.class.getName());

    /** A request is waited for twice: as it ends when it is cancelled, and when its answer is cut. */
    private static final int REQUEST_STEPS = 2;

    /** A stream has its time to end by itself, and again each time that it is cut. */
    private static final int STREAM_STEPS = 3;

    private final SessionTimes times;
    private final Waits waits;

    /** Ends within {@code times}; says in {@code waits} what it waits for. */
    Teardown(SessionTimes times, Waits waits) {
        this.times = times;
        this.waits = waits;
    }

    /** Ends all that a session has that has begun to drain. Called once per session, and blocks until that is done. */
    void run(DaggerSession session) throws InterruptedException {
        List<DaggerClient> clients = session.clients();
        endRequests(session, clients);
        clients.forEach(DaggerClient::shutDown);
        endStreams(session);
        for (DaggerClient client : clients.reversed()) {
            release(session, client.parts(), Party.client(client.toString()));
        }
        release(session, session.parts(), party(session));
    }

    private static Party party(DaggerSession session) {
        return Party.session(session.id());
    }

    /** Says for so many steps at most that the session waits until none of its leases of this kind is left. */
    private Waits.Waiting awaiting(DaggerSession session, Lease.Kind kind, String what, int steps) {
        long until = System.nanoTime() + times.step().multipliedBy(steps).toNanos();
        return waits.begin(party(session), Wait.Kind.TEARDOWN, "the end of its " + what, () -> {
            Map<DaggerClient, Long> open = session.open(kind);
            Party whose = open.size() == 1
                    ? Party.client(open.keySet().iterator().next().toString())
                    : party(session);
            String each = open.entrySet().stream()
                    .map(of -> of.getValue() + " of client " + of.getKey().id())
                    .collect(Collectors.joining(", "));
            return new Awaited(whose, Optional.empty(), Optional.of(Duration.ofNanos(until - System.nanoTime())), each);
        });
    }

    private void endRequests(DaggerSession session, List<DaggerClient> clients) throws InterruptedException {
        session.interrupt(Lease.Kind.REQUEST);
        clients.forEach(client -> client.attaching().close("the session has ended"));
        if (!requestsEnd(session) || !connectionsEnd(session)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: requests did not end within {1} s of being cancelled",
                    session,
                    times.step().toSeconds());
        }
    }

    private boolean requestsEnd(DaggerSession session) throws InterruptedException {
        try (Waits.Waiting _ = awaiting(session, Lease.Kind.REQUEST, "requests", REQUEST_STEPS)) {
            if (!session.awaitNone(Lease.Kind.REQUEST, times.step())) {
                LOG.log(System.Logger.Level.DEBUG, "{0}: an answer is cut, its reader is too slow", session);
                session.cutRequests();
            }
            return session.awaitNone(Lease.Kind.REQUEST, times.step());
        }
    }

    private boolean connectionsEnd(DaggerSession session) throws InterruptedException {
        try (Waits.Waiting _ = awaiting(session, Lease.Kind.ATTACH, "offers of files and secrets", 1)) {
            return session.awaitNone(Lease.Kind.ATTACH, times.step());
        }
    }

    /**
     * Streams come to their end by themselves. One whose reader is too slow is cut: the first interruption ends it after
     * what was written already, the second one also if the reader does not even take that.
     */
    private void endStreams(DaggerSession session) throws InterruptedException {
        try (Waits.Waiting _ = awaiting(session, Lease.Kind.STREAM, "event streams", STREAM_STEPS)) {
            for (int step = 1; step < STREAM_STEPS && !session.awaitNone(Lease.Kind.STREAM, times.step()); step++) {
                LOG.log(System.Logger.Level.DEBUG, "{0}: an event stream is cut, its reader is too slow", session);
                session.interrupt(Lease.Kind.STREAM);
            }
            if (!session.awaitNone(Lease.Kind.STREAM, times.step())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}: an event stream did not end within {1} s of being cut",
                        session,
                        times.step().toSeconds());
            }
        }
    }

    private void release(DaggerSession session, Parts parts, Party owner) throws InterruptedException {
        for (Parts.Hook hook : parts.release()) {
            String what = "the release of " + hook.name() + " of " + owner.name();
            Thread releasing = Thread.ofVirtual().name("release-" + hook.name()).start(() -> parts.run(hook));
            try (Waits.Waiting _ = waits.begin(party(session), owner, Wait.Kind.TEARDOWN, what, times.step())) {
                if (!releasing.join(times.step())) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "{0}: releasing {1} takes longer than {2} s; it goes on by itself",
                            owner.name(),
                            hook.name(),
                            times.step().toSeconds());
                }
            }
        }
    }
}
