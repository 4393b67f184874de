package org.buildengine.server.network;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.StringTokenizer;
import org.buildengine.snapshotter.linux.KernelFile;
import org.buildengine.snapshotter.linux.NetworkNamespace;

/**
 * What a network namespace shows of having been used: packets that left by its links, sockets. The files in which the kernel tells it
 * (proc_pid_net(5)) stay those of the namespace wherever they are read, and it lasts as long as they are open. For one platform
 * thread at a time.
 */
final class UseTraces implements Closeable {
    /** The links that a namespace is made with; the kernel may add its own, of tunnels. */
    private static final List<String> BARE = List.of("lo", "eth0");

    private static final Path MINE = Path.of("/proc/thread-self/net");

    /** Two lines of names stand above the links. */
    private static final int HEADING = 2;

    /** After the name: eight fields of what was received, then the bytes that were sent, then these. */
    private static final int SENT_PACKETS = 9;

    private final KernelFile links;
    private final KernelFile sockets;
    private final SocketCount unused;

    private UseTraces(KernelFile links, KernelFile sockets, SocketCount unused) {
        this.links = links;
        this.sockets = sockets;
        this.unused = unused;
    }

    /** Those of a namespace that nobody has used yet, but to set it up. */
    static UseTraces of(NetworkNamespace namespace) throws IOException {
        return namespace.inside(() -> {
            KernelFile links = KernelFile.open(MINE.resolve("dev"));
            try {
                KernelFile sockets = KernelFile.open(MINE.resolve("sockstat"));
                try {
                    return new UseTraces(links, sockets, SocketCount.parse(sockets.text()));
                } catch (IOException | RuntimeException e) {
                    sockets.close();
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                links.close();
                throw e;
            }
        });
    }

    /**
     * Whether there are none: no packet left by any link, not even by loopback; the links are there that it was made with; no socket
     * is left, and no memory of one. It cannot tell whether somebody with the rights to do so changed routes, filters or settings.
     */
    boolean none() throws IOException {
        Map<String, Long> sent = sentPackets(links.text());
        return sent.keySet().containsAll(BARE)
                && sent.values().stream().allMatch(packets -> packets == 0)
                && SocketCount.parse(sockets.text()).equals(unused);
    }

    /** Reads lines like {@code   lo:  840  10 0 0 0 0 0 0  840  10 0 0 0 0 0 0}: the packets sent by name. */
    static Map<String, Long> sentPackets(String text) throws IOException {
        var sent = new HashMap<String, Long>();
        try {
            for (String line : text.lines().skip(HEADING).toList()) {
                var fields = new StringTokenizer(line, ": ");
                String name = fields.nextToken();
                for (int i = 0; i < SENT_PACKETS; i++) {
                    fields.nextToken();
                }
                sent.put(name, Long.parseLong(fields.nextToken()));
            }
        } catch (NumberFormatException | NoSuchElementException e) {
            throw new IOException("the kernel does not list the links of a namespace in the usual form: " + text, e);
        }
        return sent;
    }

    @Override
    public void close() {
        links.close();
        sockets.close();
    }
}
