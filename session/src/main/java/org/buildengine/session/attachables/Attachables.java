package org.buildengine.session.attachables;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * A client's connection, seen from the engine: which gRPC methods it serves, and the channel to call them. It ends when the
 * transport closes, when the client stops answering health checks, or by {@link #close}; it never reconnects.
 *
 * <p>May be used by any thread.
 */
public final class Attachables implements AutoCloseable {
    /** How long a client may stay silent within a call before the call fails; its health is checked besides. */
    static final Duration PATIENCE = Duration.ofMinutes(10);

    private final ManagedChannel channel;
    private final Set<String> methods;
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private volatile boolean silent;
    private volatile Optional<HealthWatch> health = Optional.empty();

    private Attachables(ManagedChannel channel, Set<String> methods) {
        this.channel = channel;
        this.methods = methods;
    }

    /**
     * Takes over a channel that is connected.
     *
     * @param channel closed by {@link #close}
     * @param offered full method paths as the client announced them, {@code /package.Service/Method}
     * @param health how the client's health is watched
     */
    public static Attachables over(ManagedChannel channel, Collection<String> offered, HealthWatch.Timing health) {
        Set<String> methods =
                offered.stream().map(m -> m.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        Attachables attachables = new Attachables(channel, methods);
        if (attachables.supports(HealthWatch.METHOD)) {
            HealthWatch watch = new HealthWatch(attachables, health);
            attachables.health = Optional.of(watch);
            watch.start();
        }
        return attachables;
    }

    /** Whether the client serves this method; compared without case. */
    public boolean supports(String method) {
        return methods.contains(method.toLowerCase(Locale.ROOT));
    }

    /** The methods the client serves, in lower case. */
    public Set<String> methods() {
        return methods;
    }

    /** The channel on which the client serves them, for services that have no class here. */
    public Channel channel() {
        return channel;
    }

    /** Completes once, with the reason in words, when the connection has ended. It never fails. */
    public CompletableFuture<String> closed() {
        return closed.copy();
    }

    /** Whether the connection still stands, as far as is known. */
    public boolean isOpen() {
        return !closed.isDone();
    }

    /** Whether the connection has ended because the client did not answer. */
    public boolean wasSilent() {
        return silent;
    }

    /**
     * How much longer the connection lasts if the client answers no check of its health any more; empty if it offers none, or
     * the connection has ended. Never blocks.
     */
    public Optional<Silence> silence() {
        return isOpen() ? health.map(HealthWatch::silence) : Optional.empty();
    }

    /** Ends the connection to a client that does not answer. */
    void giveUp(String reason) {
        silent = isOpen();
        close(reason);
    }

    @Override
    public void close() {
        close("closed by the engine");
    }

    /** Ends the connection for the given reason; calls under way fail. Doing it again changes nothing. */
    public void close(String reason) {
        if (closed.complete(reason)) {
            var _ = channel.shutdownNow();
        }
    }

    /** Refuses a question that the client does not answer. */
    void require(String method, String what) throws HostException {
        if (!isOpen()) {
            throw new HostException(
                    Reason.GONE,
                    "cannot " + what + ": the client is not connected any more (" + closed.getNow("") + ")");
        }
        if (!supports(method)) {
            throw new HostException(Reason.UNSUPPORTED, "cannot " + what + ": the client does not offer " + method);
        }
    }
}
