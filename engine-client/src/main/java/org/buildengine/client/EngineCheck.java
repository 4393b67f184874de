package org.buildengine.client;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.buildengine.session.ClientVersion;

/**
 * Whether an engine of a usable version answers at an address. The question is asked in the background, so that it costs a
 * session no round trip; it is over before anything is asked of the engine that depends on it.
 */
final class EngineCheck implements AutoCloseable {
    /** When it is said that we wait; together with the start of a command this is within a second. */
    private static final Duration NOTICE = Duration.ofMillis(600);

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final EngineAddress address;
    private final SocketChannel channel;
    private final CompletableFuture<EngineInfo> answer = new CompletableFuture<>();

    private EngineCheck(EngineAddress address, SocketChannel channel) {
        this.address = address;
        this.channel = channel;
    }

    /**
     * Connects and asks.
     *
     * @throws EngineUnavailableException if nobody accepts the connection
     */
    static EngineCheck begin(EngineAddress address) throws EngineUnavailableException {
        EngineCheck check = new EngineCheck(address, address.open());
        ClientThread.start("engine check", check::ask);
        return check;
    }

    private void ask() {
        try {
            answer.complete(InfoCall.ask(channel));
        } catch (IOException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    /**
     * Waits for the answer. Says in the log if that takes long.
     *
     * @param client the version that the client speaks
     * @throws IOException if there is no engine, or none that such a client can use; says who answers and what to do
     */
    void await(ClientVersion client) throws IOException {
        await(client, NOTICE, LIMIT);
    }

    void await(ClientVersion client, Duration notice, Duration limit) throws IOException {
        try {
            EngineInfo info;
            try {
                info = answer.get(notice.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                log().log(
                                System.Logger.Level.WARNING,
                                "{0} takes the connection, but does not answer yet; waiting for {1} s",
                                address,
                                limit.toSeconds());
                info = answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            }
            info.check(address, client);
        } catch (TimeoutException e) {
            throw new EngineUnavailableException(
                    address, "the connection is taken, but nobody answers within " + limit.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new EngineUnavailableException(
                    address, String.valueOf(Objects.requireNonNull(e.getCause()).getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the engine was asked who it is", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log().log(System.Logger.Level.DEBUG, "closing the connection of the check", e);
        }
    }

    /** Not made before there is something to log: that takes long, and most commands log nothing. */
    private static System.Logger log() {
        return System.getLogger(EngineCheck.class.getName());
    }
}
