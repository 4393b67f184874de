package org.buildengine.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.buildengine.server.SessionException.Code;
import org.buildengine.session.ClientMetadata;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.waiting.Waits;

/**
 * All sessions of the daemon, and their end.
 *
 * <p>A session is made by the first request that names it, and that request's client is its main client. When the last
 * request of the main client ends, or when it says that it shuts down, the session is torn down in the background
 * ({@link Teardown}). Afterwards the id stays for a while as a tombstone, so that a late request does not bring the session
 * back.
 *
 * <p>The map's lock is never held together with a session's. Safe for use by several threads.
 */
public final class Sessions {
    private static final System.Logger LOG = System.getLogger(Sessions.class.getName());

    private final SessionTimes times;
    private final Teardown teardown;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, DaggerSession> byId = new LinkedHashMap<>();
    private final Map<String, Long> tombstones = new LinkedHashMap<>();
    private boolean stopping;

    /** No session yet; the end of each says in {@code waits} what it waits for. */
    public Sessions(SessionTimes times, Waits waits) {
        this(times, waits, System::nanoTime);
    }

    Sessions(SessionTimes times, Waits waits, LongSupplier nanos) {
        this.times = times;
        this.teardown = new Teardown(times, waits);
        this.nanos = nanos;
    }

    /**
     * Finds or makes the session and the client that {@code metadata} names, and counts a request. The calling thread is
     * interrupted if the session ends before the lease.
     *
     * @throws SessionException if the session has ended, the token is wrong, or the engine is stopping
     */
    public Lease enter(ClientMetadata metadata) throws SessionException {
        return enter(metadata, Lease.Kind.REQUEST);
    }

    Lease enter(ClientMetadata metadata, Lease.Kind kind) throws SessionException {
        DaggerSession session;
        lock.lock();
        try {
            refuseIfStopping();
            refuseIfEnded(metadata.sessionId());
            session = byId.computeIfAbsent(metadata.sessionId(), id -> new DaggerSession(id, times, this));
        } finally {
            lock.unlock();
        }
        return session.enter(metadata, kind);
    }

    /** Finds session and client, and counts a subscription; makes neither. */
    Lease watch(ClientMetadata metadata) throws SessionException {
        DaggerSession session;
        lock.lock();
        try {
            session = byId.get(metadata.sessionId());
        } finally {
            lock.unlock();
        }
        if (session == null) {
            throw new SessionException(Code.UNKNOWN, "session \"" + metadata.sessionId() + "\" not found");
        }
        return session.watch(metadata);
    }

    private void refuseIfStopping() throws SessionException {
        if (stopping) {
            throw new SessionException(Code.SHUTTING_DOWN, "engine is shutting down");
        }
    }

    private void refuseIfEnded(String id) throws SessionException {
        long now = nanos.getAsLong();
        tombstones.values().removeIf(since -> now - since > times.tombstone().toNanos());
        if (tombstones.containsKey(id)) {
            throw new SessionException(
                    Code.SESSION_CLOSING,
                    "session is closing: \"" + id + "\" has ended with its main client, begin a new session");
        }
    }

    /** The sessions that have not ended, those that are being torn down among them. */
    public List<DaggerSession> list() {
        lock.lock();
        try {
            return List.copyOf(byId.values());
        } finally {
            lock.unlock();
        }
    }

    /** The main clients of the sessions that are open, the oldest first. */
    public List<DaggerClient> mainClients() {
        return list().stream()
                .filter(session -> session.phase() == SessionPhase.OPEN)
                .flatMap(session -> session.mainClient().stream())
                .toList();
    }

    /** {@code client} is going to be shut down as soon as it has its answer. */
    void announceShutDown(DaggerClient client, Cancellation why) {
        if (client.isMain()) {
            client.session().announceEnd(why);
        }
    }

    /** {@code client} is done, and {@code why}: if it is the main one, its session is torn down in the background. */
    void shutDown(DaggerClient client, Cancellation why) {
        if (client.isMain()) {
            if (client.session().drain(why)) {
                inBackground(client.session());
            }
        } else {
            client.attaching().close("the client has shut down");
            client.shutDown();
        }
    }

    /** The main client has no request left; if that is still so after {@code linger}, its session ends. */
    void mainClientIdle(DaggerSession session, long stamp, Duration linger) {
        Thread.ofVirtual().name("reap-" + session.id()).start(() -> {
            try {
                Thread.sleep(linger);
            } catch (InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "{0} ends early", session);
            }
            if (session.drainIfIdleSince(stamp)) {
                tearDown(session);
            }
        });
    }

    private void inBackground(DaggerSession session) {
        Thread.ofVirtual().name("teardown-" + session.id()).start(() -> tearDown(session));
    }

    /** Tears a session down that has just begun to drain. Called once per session. */
    private void tearDown(DaggerSession session) {
        try {
            teardown.run(session);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            bury(session);
        }
    }

    private void bury(DaggerSession session) {
        List<String> left = session.leftovers();
        if (!left.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, "{0} ended, but {1}", session, String.join(", ", left));
        }
        lock.lock();
        try {
            byId.remove(session.id(), session);
            tombstones.put(session.id(), nanos.getAsLong());
        } finally {
            lock.unlock();
        }
        session.becomeTombstone();
    }

    /**
     * Takes no request any more, and tears all sessions down at once. Waits for that until {@code deadline}; says whether
     * all ended in time.
     */
    public boolean close(Duration deadline) throws InterruptedException {
        List<DaggerSession> sessions;
        lock.lock();
        try {
            stopping = true;
            sessions = new ArrayList<>(byId.values());
        } finally {
            lock.unlock();
        }
        for (DaggerSession session : sessions) {
            if (session.drain(Cancellation.ENGINE_STOPPED)) {
                inBackground(session);
            }
        }
        long end = System.nanoTime() + deadline.toNanos();
        boolean all = true;
        for (DaggerSession session : sessions) {
            all &= session.awaitClosed(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        }
        return all;
    }
}
