package org.buildengine.client.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.client.ClientThread;
import org.buildengine.client.EngineSession;
import org.buildengine.client.RandomBytes;

/**
 * Listens for SDKs, on a free loopback port unless told otherwise, from the moment it is made. Give it the session, or the
 * reason why there is none, as soon as that is known: requests wait for it.
 *
 * <p>Thread-safe. Each connection has a virtual thread of its own.
 */
public final class LocalProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final String token;
    private final CrossOrigin crossOrigin;
    private final CompletableFuture<EngineSession> session;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    private LocalProxy(
            ServerSocket listener, String token, CrossOrigin crossOrigin, CompletableFuture<EngineSession> session) {
        this.listener = listener;
        this.token = token;
        this.crossOrigin = crossOrigin;
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
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        return open(session, new InetSocketAddress(loopback, 0), RandomBytes.uuid(), CrossOrigin.REFUSED);
    }

    /**
     * Begins to listen where others expect it.
     *
     * @param session the session, now or later; its failure is told to every request
     * @param address where to listen
     * @param token the secret that requests have to name
     * @param crossOrigin whether browsers may use it for pages of other origins
     * @return the open door
     * @throws IOException if the address cannot be listened on
     */
    public static LocalProxy open(
            CompletableFuture<EngineSession> session, InetSocketAddress address, String token, CrossOrigin crossOrigin)
            throws IOException {
        ServerSocket listener = new ServerSocket();
        boolean bound = false;
        try {
            listener.bind(address, 512);
            bound = true;
        } finally {
            if (!bound) {
                listener.close();
            }
        }
        LocalProxy proxy = new LocalProxy(listener, token, crossOrigin, session);
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
                if (!listener.isClosed()) {
                    log().log(System.Logger.Level.DEBUG, "a connection of an SDK is not taken", e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        connections.add(socket);
        ClientThread.start("sdk connection", () -> {
            try (socket) {
                socket.setTcpNoDelay(true);
                new ProxyConnection(socket, token, crossOrigin, session).serve();
            } catch (IOException | UncheckedIOException e) {
                log().log(System.Logger.Level.DEBUG, "a connection of an SDK ends", e);
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
            log().log(System.Logger.Level.DEBUG, "closing a socket of the door for SDKs", e);
        }
    }

    /** Not made before there is something to log: that takes long, and most commands log nothing. */
    private static System.Logger log() {
        return System.getLogger(LocalProxy.class.getName());
    }
}
