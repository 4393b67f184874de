package org.buildengine.server;

import org.jspecify.annotations.Nullable;

/**
 * One request of a client while it lasts. Closing it twice does nothing. While it is cancellable, the end of the session
 * interrupts the thread that took it.
 */
public final class Lease implements AutoCloseable {
    /** What a lease is for. */
    enum Kind {
        /** A request that keeps the session alive. */
        REQUEST,
        /** The attachables: keeps the session alive, but a teardown ends it by itself. */
        ATTACH,
        /** A subscription: watches, and keeps nothing alive. */
        STREAM
    }

    private final DaggerClient client;
    private final Kind kind;
    private final Thread owner;
    private @Nullable Thread thread;
    private boolean interrupted;
    private boolean closed;

    Lease(DaggerClient client, Kind kind, Thread thread) {
        this.client = client;
        this.kind = kind;
        this.owner = thread;
        this.thread = thread;
    }

    /** Whose request it is. */
    public DaggerClient client() {
        return client;
    }

    Kind kind() {
        return kind;
    }

    /** The work is done, the answer is on its way: the end of the session does not interrupt it any more. */
    void settle() {
        boolean stale = client.session().locked(() -> {
            thread = null;
            return interrupted;
        });
        if (stale && Thread.interrupted()) {
            System.getLogger(Lease.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} was to be cancelled but is done", client);
        }
    }

    /** Interrupts whoever holds it. Under the session's lock. */
    void interrupt() {
        if (thread != null) {
            interrupted = true;
            thread.interrupt();
        }
    }

    /** Interrupts whoever holds it, also if only its answer is on its way. Under the session's lock. */
    void cut() {
        owner.interrupt();
    }

    @Override
    public void close() {
        boolean first = client.session().locked(() -> {
            boolean open = !closed;
            closed = true;
            thread = null;
            return open;
        });
        if (first) {
            client.session().released(this);
        }
    }
}
