package org.buildengine.session.tree;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.wire.fsutil.Packet;
import org.jspecify.annotations.Nullable;

/**
 * The receiving end of the packet protocol: takes the listing, asks for contents while it still arrives, checks that each
 * file has the size that was announced. One thread, one use.
 *
 * <p>The peer's ids count every entry from 0. At most {@value #MAX_OUTSTANDING} contents are asked for at a time, so a
 * hostile peer cannot make the sink open more files than that. The sink is called between two reads: while it is slow, no
 * further message is asked of the transport.
 */
public final class TreeReceiver {
    private static final int MAX_OUTSTANDING = 16;
    private static final int MAX_ENTRIES = 20_000_000;

    private final MessageStream<Packet, Packet> stream;
    private final TreeSink sink;
    private final EntryOrder order = new EntryOrder();
    private final Deque<Incoming> wanted = new ArrayDeque<>();
    private final Map<Integer, Incoming> outstanding = new HashMap<>();
    private final List<TreeEntry> hardLinks = new ArrayList<>();
    private final Set<String> ignoredFiles = new HashSet<>();
    private final Deque<TreeEntry> ignoredParents = new ArrayDeque<>();
    private int entries;
    private boolean listed;

    /** Receives from {@code stream} into {@code sink}. */
    public TreeReceiver(MessageStream<Packet, Packet> stream, TreeSink sink) {
        this.stream = stream;
        this.sink = sink;
    }

    /**
     * Receives the whole tree. How the stream ends is the caller's decision.
     *
     * @throws HostException if the peer breaks the protocol, reports an error, goes away, or a file is not what it announced
     * @throws IOException what the sink threw
     */
    public void receive() throws IOException, InterruptedException {
        try {
            while (!listed || !wanted.isEmpty() || !outstanding.isEmpty()) {
                Packet packet = stream.read()
                        .orElseThrow(() -> protocol("the sender ended the stream before the tree was complete"));
                take(packet);
                requestContents();
            }
            for (TreeEntry link : hardLinks) {
                announce(link);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            abandon(e);
            throw e;
        }
    }

    /**
     * Tells a sender that everything is in place and waits until it has ended, for the exports of an engine. (An engine that
     * imports just cancels.) A sender that goes away at this point has what it wanted.
     */
    public void finish() throws IOException, InterruptedException {
        try {
            stream.write(StatCodec.fin());
            boolean open = true;
            while (open) {
                open = stream.read()
                        .map(p -> p.getType() != Packet.PacketType.PACKET_FIN)
                        .orElse(false);
            }
        } catch (HostException e) {
            if (e.reason() != Reason.GONE) {
                throw e;
            }
        }
    }

    private void take(Packet packet) throws IOException {
        switch (packet.getType()) {
            case PACKET_STAT -> {
                if (packet.hasStat()) {
                    takeEntry(StatCodec.toEntry(packet.getStat()));
                } else {
                    listed = true;
                }
            }
            case PACKET_DATA -> takeContent(packet);
            case PACKET_ERR ->
                throw new HostException(Reason.REMOTE, packet.getData().toStringUtf8());
            default -> throw protocol("the sender sent a " + packet.getType() + " packet, which only a receiver may");
        }
    }

    private void takeEntry(TreeEntry entry) throws IOException {
        if (listed) {
            throw protocol("the sender announced \"" + entry.path() + "\" after the end of its listing");
        }
        if (entries == MAX_ENTRIES) {
            throw new HostException(Reason.TOO_LARGE, "the tree has more than " + MAX_ENTRIES + " entries");
        }
        int id = entries++;
        order.check(entry);
        if (entry.gitIgnored()) {
            remember(entry);
            return;
        }
        announceIgnoredParents(entry);
        if (entry.isHardLink() && !ignoredFiles.contains(entry.hardLinkOf())) {
            hardLinks.add(entry);
            return;
        }
        // The file that an ignored name stands for was not transferred, so this name carries the content.
        TreeEntry own = entry.isHardLink() ? entry.asHardLinkOf("") : entry;
        boolean content = sink.accept(own);
        if (own.type() != EntryType.FILE || !content) {
            return;
        }
        if (own.size() == 0) {
            sink.open(own).close();
        } else {
            wanted.add(new Incoming(id, own));
        }
    }

    private void remember(TreeEntry ignored) {
        if (ignored.type() == EntryType.DIRECTORY) {
            dropParentsNotAbove(ignored.path());
            ignoredParents.addLast(ignored);
        } else if (ignored.type() == EntryType.FILE) {
            ignoredFiles.add(ignored.path());
        }
    }

    /** A pattern may take a node back from below an ignored directory; the sink needs that directory first. */
    private void announceIgnoredParents(TreeEntry entry) throws IOException {
        if (ignoredParents.isEmpty()) {
            return;
        }
        dropParentsNotAbove(entry.path());
        while (!ignoredParents.isEmpty()) {
            announce(ignoredParents.removeFirst());
        }
    }

    /** Hands over an entry that has no content of its own, so the answer does not matter. */
    private void announce(TreeEntry entry) throws IOException {
        var _ = sink.accept(entry);
    }

    private void dropParentsNotAbove(String path) {
        while (!ignoredParents.isEmpty()
                && !path.startsWith(ignoredParents.getLast().path() + "/")) {
            ignoredParents.removeLast();
        }
    }

    private void requestContents() throws IOException {
        while (outstanding.size() < MAX_OUTSTANDING && !wanted.isEmpty()) {
            Incoming next = wanted.remove();
            outstanding.put(next.id, next);
            // Not held back by the transport: at most MAX_OUTSTANDING of these few bytes are under way, and waiting
            // here
            // while the sender waits for us to read would be a deadlock.
            stream.writeNow(StatCodec.request(next.id));
        }
    }

    private void takeContent(Packet packet) throws IOException {
        Incoming file = outstanding.get(packet.getID());
        if (file == null) {
            throw protocol("the sender sent content with the id " + Integer.toUnsignedString(packet.getID())
                    + ", which was not asked for");
        }
        if (!packet.getData().isEmpty()) {
            file.write(packet, sink);
            return;
        }
        outstanding.remove(packet.getID());
        file.finish();
    }

    private void abandon(Throwable failure) {
        for (Incoming file : outstanding.values()) {
            try {
                file.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private static HostException protocol(String text) {
        return new HostException(Reason.PROTOCOL, text);
    }

    /** A file whose content is asked for. */
    private static final class Incoming {
        private final int id;
        private final TreeEntry entry;
        private long received;
        private @Nullable OutputStream out;

        Incoming(int id, TreeEntry entry) {
            this.id = id;
            this.entry = entry;
        }

        void write(Packet packet, TreeSink sink) throws IOException {
            received += packet.getData().size();
            if (received > entry.size()) {
                throw changed("more than");
            }
            OutputStream target = out;
            if (target == null) {
                target = sink.open(entry);
                out = target;
            }
            packet.getData().writeTo(target);
        }

        void finish() throws IOException {
            if (received != entry.size()) {
                throw changed(received + " of");
            }
            close();
        }

        void close() throws IOException {
            OutputStream target = out;
            out = null;
            if (target != null) {
                target.close();
            }
        }

        private HostException changed(String howMuch) {
            return new HostException(
                    Reason.CHANGED,
                    "\"" + entry.path() + "\" changed while it was read: got " + howMuch + " " + entry.size()
                            + " bytes. Run it again when nothing writes to the file.");
        }
    }
}
