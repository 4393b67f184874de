package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A socket to the kernel's configuration protocols (netlink(7)). It speaks for the network namespace of the thread that
 * opened it, wherever it is used later. What is in the messages is none of its business. For one platform thread at a
 * time.
 */
public final class NetlinkSocket implements Closeable {
    /** Links, addresses and routes. */
    public static final int ROUTE = 0;
    /** Packet filters. */
    public static final int NETFILTER = 12;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int MSG_TRUNC = 0x20;
    private static final long DEADLINE_SECONDS = 30;
    /** The kernel fills answers up to 32 KiB, or to the size of the reader's buffer if that is less. */
    private static final int DATAGRAM = 1 << 15;

    private final Descriptor descriptor;

    private NetlinkSocket(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens a socket that explains errors and does not repeat requests in its answers.
     *
     * @param protocol {@link #ROUTE} or {@link #NETFILTER}
     */
    public static NetlinkSocket open(int protocol) throws LinuxException {
        int opened = Libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
        if (opened < 0) {
            throw new LinuxException(-opened, "socket", "netlink protocol " + protocol);
        }
        var socket = new NetlinkSocket(new Descriptor(opened));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timeout = arena.allocate(JAVA_LONG, 2);
            timeout.set(JAVA_LONG, 0, DEADLINE_SECONDS);
            socket.option(SOL_SOCKET, SO_RCVTIMEO, timeout);
            MemorySegment on = arena.allocateFrom(JAVA_INT, 1);
            socket.option(SOL_NETLINK, NETLINK_CAP_ACK, on);
            socket.option(SOL_NETLINK, NETLINK_EXT_ACK, on);
            return socket;
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private void option(int level, int option, MemorySegment value) throws LinuxException {
        int result = Libc.setsockopt(descriptor.number(), level, option, value);
        if (result < 0) {
            throw new LinuxException(-result, "setsockopt " + option, "netlink socket");
        }
    }

    /** Sends one datagram. */
    public void send(byte[] datagram) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            long result = Libc.send(descriptor.number(), arena.allocateFrom(JAVA_BYTE, datagram));
            if (result < 0) {
                throw new LinuxException((int) -result, "send", "netlink socket");
            }
        }
    }

    /**
     * Waits for a datagram.
     *
     * @throws LinuxException with {@link Errno#EAGAIN} if the kernel does not answer within 30 seconds
     */
    public byte[] receive() throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(DATAGRAM);
            long length = Libc.recv(descriptor.number(), buffer, MSG_TRUNC);
            if (length < 0) {
                throw new LinuxException((int) -length, "recv", "netlink socket");
            }
            if (length > DATAGRAM) {
                throw new LinuxException(Errno.ERANGE, "recv", "netlink socket");
            }
            return buffer.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
