package org.buildengine.server.network;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.NetlinkSocket;

/**
 * Asks the kernel and waits for its answers. It works on the network namespace of the thread that opened it. For one
 * platform thread at a time.
 */
final class NetlinkConnection implements Closeable {
    private static final int EXPLANATION = 1;
    private static final int ERROR_FIXED = 20;
    private static final int TRIES = 5;

    private final NetlinkSocket socket;
    private int sequence = 1;

    private NetlinkConnection(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens a connection.
     *
     * @param protocol one of {@link NetlinkSocket}'s
     */
    static NetlinkConnection open(int protocol) throws LinuxException {
        return new NetlinkConnection(NetlinkSocket.open(protocol));
    }

    /**
     * Sends the messages of a request in one piece and waits for the answer to each of them.
     *
     * @return what the kernel told apart from success
     * @throws LinuxException the first error, with the purpose of its message and the kernel's explanation
     */
    List<NetlinkMessage> exchange(NetlinkRequest request) throws IOException {
        for (int i = 1; ; i++) {
            List<NetlinkMessage> told = attempt(request);
            if (i == TRIES || told.stream().noneMatch(m -> (m.flags() & NetlinkMessage.INTERRUPTED) != 0)) {
                return told;
            }
        }
    }

    private List<NetlinkMessage> attempt(NetlinkRequest request) throws IOException {
        int first = sequence;
        sequence += request.size();
        Set<Integer> waiting = new HashSet<>();
        for (int i = 0; i < request.size(); i++) {
            if (request.answered(i)) {
                waiting.add(first + i);
            }
        }
        socket.send(request.datagram(first));
        var told = new ArrayList<NetlinkMessage>();
        Optional<LinuxException> failure = Optional.empty();
        while (!waiting.isEmpty()) {
            for (NetlinkMessage message : NetlinkMessage.parse(socket.receive())) {
                int index = message.sequence() - first;
                if (index < 0) {
                    continue;
                }
                boolean last = message.type() == NetlinkMessage.ERROR || message.type() == NetlinkMessage.DONE;
                if (!last) {
                    told.add(message);
                    continue;
                }
                Optional<LinuxException> refused = failure(message, request.purpose(index));
                failure = failure.or(() -> refused);
                // Where nobody asked for an answer the whole request was refused, and no more answers come.
                if (!waiting.remove(message.sequence()) && refused.isPresent()) {
                    throw refused.get();
                }
            }
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
        return told;
    }

    private static Optional<LinuxException> failure(NetlinkMessage message, String purpose) {
        int error = message.payload().limit() < 4 ? 0 : message.payload().getInt(0);
        if (error >= 0) {
            return Optional.empty();
        }
        String explanation = message.type() == NetlinkMessage.ERROR && (message.flags() & NetlinkMessage.EXPLAINED) != 0
                ? message.attributes(ERROR_FIXED).text(EXPLANATION).orElse("")
                : "";
        return Optional.of(new LinuxException(-error, purpose, "network", explanation));
    }

    @Override
    public void close() {
        socket.close();
    }
}
