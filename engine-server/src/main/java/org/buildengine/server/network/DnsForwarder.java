package org.buildengine.server.network;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Hands questions of containers on to the resolvers that only the host reaches, by UDP and TCP, word for word, and the
 * answers back. The servers are asked in order until one answers. Safe for several threads.
 */
final class DnsForwarder implements Closeable {
    private static final System.Logger LOG = System.getLogger(DnsForwarder.class.getName());
    private static final int PORT = 53;
    /** The largest packet of UDP. */
    private static final int PACKET = 65_535;

    private static final int ANSWER_MILLIS = 3_000;
    private static final int STREAM_MILLIS = 10_000;
    private static final int AT_ONCE = 256;
    /** Of one container, so that one that holds on to its questions does not keep the others from theirs. */
    private static final int AT_ONCE_EACH = 32;

    private static final long REST_NANOS = 100_000_000;

    private final DatagramSocket packets;
    private final ServerSocket streams;
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final ConcurrentMap<InetAddress, Integer> asking = new ConcurrentHashMap<>();
    private volatile List<InetAddress> servers;

    private DnsForwarder(DatagramSocket packets, ServerSocket streams, List<InetAddress> servers) {
        this.packets = packets;
        this.streams = streams;
        this.servers = servers;
    }

    /** Begins to answer at port 53 of an address of this host. */
    static DnsForwarder listen(InetAddress address, List<InetAddress> servers) throws IOException {
        var packets = new DatagramSocket(new InetSocketAddress(address, PORT));
        try {
            var forwarder = new DnsForwarder(packets, new ServerSocket(PORT, AT_ONCE, address), List.copyOf(servers));
            Thread.ofVirtual().name("dns-packets").start(forwarder::answerPackets);
            Thread.ofVirtual().name("dns-streams").start(forwarder::answerStreams);
            return forwarder;
        } catch (IOException e) {
            packets.close();
            throw e;
        }
    }

    /** From now on these are asked. */
    void ask(List<InetAddress> newServers) {
        servers = List.copyOf(newServers);
    }

    private void answerPackets() {
        while (!packets.isClosed()) {
            var question = new DatagramPacket(new byte[PACKET], PACKET);
            try {
                packets.receive(question);
            } catch (IOException e) {
                ended(e);
                continue;
            }
            // Beyond that many a question is dropped, which is what a resolver expects of a network that is full.
            InetAddress source = question.getAddress();
            if (enter(source)) {
                Thread.ofVirtual().start(() -> {
                    try {
                        answer(question);
                    } finally {
                        leave(source);
                    }
                });
            }
        }
    }

    /** Whether there is room for another question of a container; whoever entered leaves. */
    private boolean enter(InetAddress source) {
        if (!room.tryAcquire()) {
            return false;
        }
        if (asking.merge(source, 1, Integer::sum) > AT_ONCE_EACH) {
            leave(source);
            return false;
        }
        return true;
    }

    private void leave(InetAddress source) {
        asking.computeIfPresent(source, (address, count) -> count == 1 ? null : count - 1);
        room.release();
    }

    private void answer(DatagramPacket question) {
        for (InetAddress server : servers) {
            try (var socket = new DatagramSocket()) {
                socket.connect(new InetSocketAddress(server, PORT));
                socket.setSoTimeout(ANSWER_MILLIS);
                socket.send(new DatagramPacket(question.getData(), question.getLength()));
                var answer = new DatagramPacket(new byte[PACKET], PACKET);
                socket.receive(answer);
                packets.send(new DatagramPacket(answer.getData(), answer.getLength(), question.getSocketAddress()));
                return;
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "the resolver " + server + " does not answer", e);
            }
        }
    }

    private void answerStreams() {
        while (!streams.isClosed()) {
            try {
                Socket client = streams.accept();
                InetAddress source = client.getInetAddress();
                if (enter(source)) {
                    Thread.ofVirtual().start(() -> {
                        try (client) {
                            relay(client);
                        } catch (IOException e) {
                            LOG.log(System.Logger.Level.DEBUG, "a question by TCP is not answered", e);
                        } finally {
                            leave(source);
                        }
                    });
                } else {
                    client.close();
                }
            } catch (IOException e) {
                ended(e);
            }
        }
    }

    private void relay(Socket client) throws IOException {
        client.setSoTimeout(STREAM_MILLIS);
        for (InetAddress server : servers) {
            try (var upstream = new Socket()) {
                upstream.connect(new InetSocketAddress(server, PORT), ANSWER_MILLIS);
                upstream.setSoTimeout(STREAM_MILLIS);
                Thread questions = Thread.ofVirtual().start(() -> copy(client, upstream));
                copy(upstream, client);
                client.close();
                questions.interrupt();
                return;
            } catch (SocketException e) {
                LOG.log(System.Logger.Level.DEBUG, "the resolver " + server + " takes no connection", e);
            }
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[1 << 12];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                to.getOutputStream().write(Arrays.copyOf(buffer, n));
            }
            to.shutdownOutput();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a conversation with a resolver ended", e);
        }
    }

    /** Rests for a moment, so that a failure that stays, such as too many open files, does not keep a processor busy. */
    private void ended(IOException failure) {
        if (!packets.isClosed()) {
            LOG.log(System.Logger.Level.WARNING, "the forwarder of names stumbles", failure);
            LockSupport.parkNanos(REST_NANOS);
        }
    }

    @Override
    public void close() throws IOException {
        packets.close();
        streams.close();
    }
}
