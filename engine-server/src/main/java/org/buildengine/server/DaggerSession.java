package org.buildengine.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.buildengine.server.SessionException.Code;
import org.buildengine.session.ClientMetadata;
import org.buildengine.solver.evidence.Cancellation;
import org.jspecify.annotations.Nullable;

/**
 * One session: its clients, what it resolved, what is to be released with it. The first client is the main one; the
 * session ends when no request of the main client is left. Safe for use by several threads. One lock guards its state;
 * nothing is called out to under it.
 */
public final class DaggerSession {
    private final String id;
    private final SessionTimes times;
    private final Sessions owner;
    private final Parts parts;
    private final Memo memo = new Memo();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, DaggerClient> clients = new LinkedHashMap<>();
    private final List<Lease> leases = new ArrayList<>();
    private @Nullable DaggerClient main;
    private long idleStamp;
    private volatile SessionPhase phase = SessionPhase.OPEN;
    private volatile Cancellation cancellation = Cancellation.UNKNOWN;

    DaggerSession(String id, SessionTimes times, Sessions owner) {
        this.id = id;
        this.times = times;
        this.owner = owner;
        this.parts = new Parts("session " + id);
    }

    /** Its id, chosen by the main client. */
    public String id() {
        return id;
    }

    /** Where it is in its life. Never blocks. */
    public SessionPhase phase() {
        return phase;
    }

    /** Why it has ended, or is about to, and with it what it still worked on. Never blocks. */
    Cancellation cancellation() {
        return cancellation;
    }

    /** The client it ends with; empty in the moment before the first one is there, and after the end. */
    public Optional<DaggerClient> mainClient() {
        return locked(() -> Optional.ofNullable(main));
    }

    /** All sessions of the daemon, this one among them. */
    public Sessions sessions() {
        return owner;
    }

    /** Its clients, the main one first. */
    public List<DaggerClient> clients() {
        return locked(() -> List.copyOf(clients.values()));
    }

    /** How many requests of all clients are under way, subscriptions left out. */
    public int activeRequests() {
        return locked(() -> count(Lease.Kind.REQUEST) + count(Lease.Kind.ATTACH));
    }

    /**
     * Lets {@code action} be closed when the session ends, after all its requests have ended, the youngest first; at
     * once if it has ended. A failure is logged.
     *
     * @param name of what is released, for the log
     */
    public void onClose(String name, AutoCloseable action) {
        parts.addOrRun(name, action);
    }

    /**
     * The answer to {@code key}, computed once per session. Others wait for the one who computes. A failure is not
     * remembered; if the one who computes is interrupted, one of those who wait takes over.
     *
     * @param key stands for one type of answer; use a record of your own
     */
    public <T> T once(Object key, Callable<? extends T> maker) throws Exception {
        return memo.once(key, maker);
    }

    /**
     * What belongs to this session, one object per type, made by the first who asks. Closed with the session, if it can
     * be.
     *
     * @throws IllegalStateException if the session has ended
     */
    public <T> T part(Class<T> type, Supplier<? extends T> maker) {
        return parts.part(type, maker);
    }

    /** Finds or makes the client and counts a request of it. */
    Lease enter(ClientMetadata metadata, Lease.Kind kind) throws SessionException {
        lock.lock();
        try {
            refuseUnlessOpen();
            DaggerClient client = clients.get(metadata.clientId());
            if (client == null) {
                client = new DaggerClient(this, metadata, main == null, times);
                clients.put(client.id(), client);
                if (main == null) {
                    main = client;
                }
            }
            checkToken(client, metadata);
            return add(client, kind);
        } finally {
            lock.unlock();
        }
    }

    /** Finds the client and counts a subscription of it. */
    Lease watch(ClientMetadata metadata) throws SessionException {
        lock.lock();
        try {
            DaggerClient client = clients.get(metadata.clientId());
            if (client == null) {
                throw new SessionException(
                        Code.UNKNOWN, "session \"" + id + "\" has no client \"" + metadata.clientId() + "\"");
            }
            checkToken(client, metadata);
            return add(client, Lease.Kind.STREAM);
        } finally {
            lock.unlock();
        }
    }

    Lease lease(DaggerClient client, Lease.Kind kind) throws SessionException {
        lock.lock();
        try {
            refuseUnlessOpen();
            return add(client, kind);
        } finally {
            lock.unlock();
        }
    }

    private void refuseUnlessOpen() throws SessionException {
        if (phase != SessionPhase.OPEN) {
            throw new SessionException(
                    Code.SESSION_CLOSING,
                    "session is closing: \"" + id + "\" has ended with its main client, begin a new session");
        }
    }

    private static void checkToken(DaggerClient client, ClientMetadata metadata) throws SessionException {
        if (!client.hasToken(metadata.clientSecretToken())) {
            throw new SessionException(
                    Code.WRONG_TOKEN, "client \"" + client.id() + "\" already exists with different secret token");
        }
    }

    private Lease add(DaggerClient client, Lease.Kind kind) {
        var lease = new Lease(client, kind, Thread.currentThread());
        leases.add(lease);
        return lease;
    }

    /** A lease was closed. */
    void released(Lease lease) {
        boolean idle;
        long stamp;
        lock.lock();
        try {
            leases.remove(lease);
            idle = lease.client().isMain() && lease.kind() != Lease.Kind.STREAM && mainIsIdle();
            stamp = idle ? ++idleStamp : idleStamp;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (idle) {
            owner.mainClientIdle(this, stamp, lease.client().attaching().ever() ? Duration.ZERO : times.linger());
        }
    }

    private boolean mainIsIdle() {
        return leases.stream().noneMatch(lease -> lease.client().isMain() && lease.kind() != Lease.Kind.STREAM);
    }

    /** Begins the end if the main client is idle, and has been so since {@code stamp}; says whether it does now. */
    boolean drainIfIdleSince(long stamp) {
        return locked(() -> phase == SessionPhase.OPEN
                && idleStamp == stamp
                && mainIsIdle()
                && beginDraining(Cancellation.CLIENT_LEFT));
    }

    /** It is going to end for this reason: what is given up until then is so for that. */
    void announceEnd(Cancellation why) {
        lock.lock();
        try {
            if (phase == SessionPhase.OPEN) {
                cancellation = why;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Begins the end whatever goes on; says whether it does now. */
    boolean drain(Cancellation why) {
        return locked(() -> phase == SessionPhase.OPEN && beginDraining(why));
    }

    private boolean beginDraining(Cancellation why) {
        cancellation = why;
        phase = phase.to(SessionPhase.DRAINING);
        return true;
    }

    /** Interrupts whoever works on a request or writes a stream. */
    void interrupt(Lease.Kind kind) {
        lock.lock();
        try {
            leases.stream().filter(lease -> lease.kind() == kind).forEach(Lease::interrupt);
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts whoever works on a request or still sends its answer. */
    void cutRequests() {
        lock.lock();
        try {
            leases.stream().filter(lease -> lease.kind() == Lease.Kind.REQUEST).forEach(Lease::cut);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no lease of this kind is left; says whether that came to be in time. */
    boolean awaitNone(Lease.Kind kind, Duration patience) throws InterruptedException {
        return awaitUntil(() -> count(kind) == 0, patience);
    }

    /** Waits for the end of the teardown; says whether that came to be in time. */
    boolean awaitClosed(Duration patience) throws InterruptedException {
        return awaitUntil(() -> phase == SessionPhase.CLOSED, patience);
    }

    private boolean awaitUntil(BooleanSupplier reached, Duration patience) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (!reached.getAsBoolean() && left > 0) {
                left = changed.awaitNanos(left);
            }
            return reached.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything but the id. */
    void becomeTombstone() {
        lock.lock();
        try {
            phase = phase.to(SessionPhase.CLOSED);
            clients.clear();
            main = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        memo.clear();
    }

    Parts parts() {
        return parts;
    }

    /** What has not been released, in words; empty if there is nothing. For the end of a teardown, and for tests. */
    List<String> leftovers() {
        var left = new ArrayList<String>();
        for (DaggerClient client : clients()) {
            if (client.parts().size() > 0) {
                left.add(client + " still has " + client.parts().size() + " parts");
            }
        }
        if (parts.size() > 0) {
            left.add(this + " still has " + parts.size() + " parts");
        }
        int open = locked(leases::size);
        if (open > 0) {
            left.add(this + " still has " + open + " requests");
        }
        return left;
    }

    /** How many leases of this kind each client has that has any, in the order in which they came. */
    Map<DaggerClient, Long> open(Lease.Kind kind) {
        return locked(() -> leases.stream()
                .filter(lease -> lease.kind() == kind)
                .collect(Collectors.groupingBy(Lease::client, LinkedHashMap::new, Collectors.counting())));
    }

    private int count(Lease.Kind kind) {
        return (int) leases.stream().filter(lease -> lease.kind() == kind).count();
    }

    /** Reads or changes the state under the lock; {@code action} must not block or call out. */
    <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "session " + id;
    }
}
