package org.buildengine.client.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.client.ClientThread;
import org.buildengine.client.EngineSession;

/**
 * Listens on a free loopback port for SDKs, from the moment it is made. Give it the session, or the reason why there is
 * none, as soon as that is known: requests wait for it.
 *
 * <p>Thread-safe. Each connection has a virtual thread of its own.
 */
public final class LocalProxy implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LocalProxy.class.getName());

    private final ServerSocket listener;
    private final String token = UUID.randomUUID().toString();
    private final CompletableFuture<EngineSession> session;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    private LocalProxy(ServerSocket listener, CompletableFuture<EngineSession> session) {
        this.listener = listener;
        this.session = session;
    }

    /**
     * Begins to listen.
     *
     * @param session the session, now or later; its failure is told to every request
     * @return the open door
     * @throws IOException if there is no free port
     */
    public static LocalProxy open(CompletableFuture<EngineSession> session) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 512);
        LocalProxy proxy = new LocalProxy(listener, session);
        ClientThread.start("sdk door", proxy::accept);
        return proxy;
    }

    /** The port, for {@code DAGGER_SESSION_PORT}. */
    public int port() {
        return listener.getLocalPort();
    }

    /** The secret, for {@code DAGGER_SESSION_TOKEN}. */
    public String token() {
        return token;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                serve(listener.accept());
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "the door for SDKs closes", e);
            }
        }
    }

    private void serve(Socket socket) {
        connections.add(socket);
        ClientThread.start("sdk connection", () -> {
            try (socket) {
                socket.setTcpNoDelay(true);
                new ProxyConnection(socket, token, session).serve();
            } catch (IOException | UncheckedIOException e) {
                LOG.log(System.Logger.Level.DEBUG, "a connection of an SDK ends", e);
            } finally {
                connections.remove(socket);
            }
        });
    }

    /** Closes the port and every connection. */
    @Override
    public void close() {
        closeQuietly(listener);
        connections.forEach(LocalProxy::closeQuietly);
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            LOG.log(System.Logger.Level.DEBUG, "closing a socket of the door for SDKs", e);
        }
    }
}
