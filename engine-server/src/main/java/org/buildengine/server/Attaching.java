package org.buildengine.server;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.Silence;
import org.jspecify.annotations.Nullable;

/** What one client offers the engine, and the wait for it. Safe for use by several threads. */
final class Attaching {
    private final String clientId;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private AttachPhase phase = AttachPhase.ABSENT;
    private @Nullable Attachables attachables;
    private @Nullable Runnable disconnect;
    private boolean closed;
    private boolean ever;

    Attaching(String clientId, Duration patience) {
        this.clientId = clientId;
        this.patience = patience;
    }

    /** How long {@link #await} waits. */
    Duration patience() {
        return patience;
    }

    /** A connection wants to be the client's. */
    void begin() throws SessionException {
        lock.lock();
        try {
            if (phase != AttachPhase.ABSENT) {
                throw new SessionException(
                        SessionException.Code.ALREADY_ATTACHED,
                        "session attachables for client \"" + clientId + "\" already exist: one connection per client");
            }
            phase = phase.to(AttachPhase.PENDING);
            ever = true;
        } finally {
            lock.unlock();
        }
    }

    /** The connection is ours now; {@code hangUp} closes it. */
    void connected(Runnable hangUp) {
        boolean late;
        lock.lock();
        try {
            disconnect = hangUp;
            late = closed;
        } finally {
            lock.unlock();
        }
        if (late) {
            hangUp.run();
        }
    }

    /** The client has acknowledged. */
    void attached(Attachables offered) {
        boolean late;
        lock.lock();
        try {
            phase = phase.to(AttachPhase.ATTACHED);
            attachables = offered;
            late = closed;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (late) {
            offered.close("the session has ended");
        }
    }

    /** The connection is gone, or never came to be. */
    void ended() {
        lock.lock();
        try {
            phase = phase.to(AttachPhase.ABSENT);
            attachables = null;
            disconnect = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Closes the connection, and every later one. */
    void close(String reason) {
        Optional<Attachables> offered;
        Optional<Runnable> hangUp;
        lock.lock();
        try {
            closed = true;
            offered = Optional.ofNullable(attachables);
            hangUp = Optional.ofNullable(disconnect);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        offered.ifPresentOrElse(open -> open.close(reason), () -> hangUp.ifPresent(Runnable::run));
    }

    /** See {@link Attachables#silence}; empty while there are none. Never blocks for long. */
    Optional<Silence> silence() {
        lock.lock();
        try {
            return Optional.ofNullable(attachables).flatMap(Attachables::silence);
        } finally {
            lock.unlock();
        }
    }

    /** Whether there ever was a connection. */
    boolean ever() {
        lock.lock();
        try {
            return ever;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the attachables. */
    Attachables await() throws HostException, InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (attachables == null && !closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            Attachables offered = attachables;
            if (closed) {
                throw new HostException(Reason.GONE, "client \"" + clientId + "\" is not connected any more");
            }
            if (offered == null) {
                throw new HostException(
                        Reason.TIMEOUT,
                        "client \"" + clientId + "\" has not attached what it offers (files, secrets) within "
                                + patience.toSeconds() + " s, and this needs it: start the program with \"engine run\","
                                + " or let it open /sessionAttachables");
            }
            return offered;
        } finally {
            lock.unlock();
        }
    }
}
