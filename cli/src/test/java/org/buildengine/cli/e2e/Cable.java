package org.buildengine.cli.e2e;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * The way between a client and a server, of any number of connections, that can be cut or stop carrying anything. Listens
 * at a port of loopback and leads to another one.
 */
final class Cable implements Closeable {
    private static final int PIECE = 32 * 1024;

    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final InetSocketAddress target;
    private final Duration delay;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final CountDownLatch cut = new CountDownLatch(1);
    private volatile long allowance = Long.MAX_VALUE;

    private Cable(InetSocketAddress target, Duration delay) throws IOException {
        this.target = target;
        this.delay = delay;
    }

    /** Leads to a port of loopback; carries 32 KiB at most in {@code delay}, each way of each connection. */
    static Cable to(int port, Duration delay) throws IOException {
        var cable = new Cable(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), delay);
        Thread.ofVirtual().name("cable").start(cable::accept);
        return cable;
    }

    int port() {
        return door.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket near = door.accept();
                sockets.add(near);
                var far = new Socket();
                sockets.add(far);
                far.connect(target);
                Thread.ofVirtual().name("cable out").start(() -> carry(near, far));
                Thread.ofVirtual().name("cable in").start(() -> carry(far, near));
                if (cut.getCount() == 0) {
                    reset(near);
                    reset(far);
                }
            }
        } catch (IOException e) {
            reset();
        }
    }

    private void carry(Socket from, Socket to) {
        var piece = new byte[PIECE];
        try {
            var in = from.getInputStream();
            var out = to.getOutputStream();
            long carried = 0;
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                carried += length;
                if (carried > allowance) {
                    cut.await();
                }
                out.write(piece, 0, length);
                Thread.sleep(delay.multipliedBy(length).dividedBy(PIECE));
            }
            to.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            reset(from);
            reset(to);
        }
    }

    /** Carries nothing any more and leaves the connections open, as a client that was stopped does. */
    void freeze() {
        freezeAfter(0);
    }

    /** Carries so many bytes at most from now on, each way of each connection, those before counted. */
    void freezeAfter(long bytes) {
        allowance = bytes;
    }

    /** Closes all connections as a machine does that forgot them: by resets, not by ends. */
    void reset() {
        cut.countDown();
        try {
            door.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        sockets.forEach(Cable::reset);
    }

    private static void reset(Socket socket) {
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already.
        }
    }

    /** Closes all connections in order. */
    @Override
    public void close() throws IOException {
        cut.countDown();
        door.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
