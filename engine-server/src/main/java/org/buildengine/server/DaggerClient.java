package org.buildengine.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.HostException;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.tree.CallWatch;
import org.buildengine.solver.waiting.Awaited;
import org.buildengine.solver.waiting.Party;
import org.jspecify.annotations.Nullable;

/**
 * One client of a session: who it is, what it offers, and what belongs to it. Lives as long as its session. Safe for use
 * by several threads.
 */
public final class DaggerClient {
    private final DaggerSession session;
    private final ClientMetadata metadata;
    private final byte[] token;
    private final boolean main;
    private final Parts parts;
    private final Parts shutdown;
    private final Attaching attaching;

    DaggerClient(DaggerSession session, ClientMetadata metadata, boolean main, SessionTimes times) {
        this.session = session;
        this.metadata = metadata;
        this.token = metadata.clientSecretToken().getBytes(StandardCharsets.UTF_8);
        this.main = main;
        this.parts = new Parts("client " + metadata.clientId());
        this.shutdown = new Parts("client " + metadata.clientId());
        this.attaching = new Attaching(metadata.clientId(), times.attach());
    }

    /** Its id, unique in the session. */
    public String id() {
        return metadata.clientId();
    }

    /** What it said about itself in its first request. */
    public ClientMetadata metadata() {
        return metadata;
    }

    /** The session it belongs to. */
    public DaggerSession session() {
        return session;
    }

    /** Whether the session ends with it. */
    public boolean isMain() {
        return main;
    }

    /**
     * What belongs to this client, one object per type, made by the first who asks. Closed with the session, if it can
     * be, after all requests and streams have ended.
     *
     * @throws IllegalStateException if the session has ended
     */
    public <T> T part(Class<T> type, Supplier<? extends T> maker) {
        return parts.part(type, maker);
    }

    /**
     * What this client offers: files, secrets, logins. Waits until it has attached it, for at most ten seconds; never call
     * this with a lock held.
     *
     * @throws HostException if it did not attach in time, or is gone
     */
    public Attachables attachables() throws HostException, InterruptedException {
        return attaching.await();
    }

    /**
     * That somebody waits for its machine: until {@code calls} are given up, or until it is given up itself because it answers
     * no check of its health, if that is sooner. Never blocks for long.
     */
    public Awaited awaited(CallWatch calls) {
        Party party = Party.client(toString());
        Optional<Duration> call = calls.left();
        return attaching
                .silence()
                .filter(silence ->
                        call.map(limit -> silence.left().compareTo(limit) < 0).orElse(silence.noticed()))
                .map(silence -> new Awaited(
                        party,
                        Optional.empty(),
                        Optional.of(silence.left()),
                        silence.noticed()
                                ? "it answers no health check, which ends its session"
                                : "its session ends unless it answers health checks"))
                .orElseGet(() -> new Awaited(party, Optional.empty(), call));
    }

    /**
     * Runs {@code action} once, when this client has shut down or its session's requests have ended: nothing more will
     * happen on its behalf, and its event streams may come to their end. At once, if that is so already. Must not block
     * for long.
     */
    public void onShutdown(String name, Runnable action) {
        shutdown.addOrRun(name, action::run);
    }

    /** Counts a request for as long as the lease is open. */
    Lease lease(Lease.Kind kind) throws SessionException {
        return session.lease(this, kind);
    }

    Attaching attaching() {
        return attaching;
    }

    boolean hasToken(String given) {
        return MessageDigest.isEqual(token, given.getBytes(StandardCharsets.UTF_8));
    }

    /** Nothing more will happen on its behalf. */
    void shutDown() {
        shutdown.release().forEach(shutdown::run);
    }

    Parts parts() {
        return parts;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return "client " + id() + " of " + session;
    }
}
