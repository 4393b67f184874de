package org.buildengine.session.tree;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.wire.fsutil.Packet;

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

    private final MessageStream<Packet, Packet> stream;
    private final IncomingListing listing;
    private final Deque<IncomingFile> wanted = new ArrayDeque<>();
    private final Map<Integer, IncomingFile> outstanding = new HashMap<>();

    /** Receives from {@code stream} into {@code sink}. */
    public TreeReceiver(MessageStream<Packet, Packet> stream, TreeSink sink) {
        this.stream = stream;
        this.listing = new IncomingListing(sink);
    }

    /**
     * Receives the whole tree. How the stream ends is the caller's decision.
     *
     * @throws HostException if the peer breaks the protocol, reports an error, goes away, or a file is not what it announced
     * @throws IOException what the sink threw
     */
    public void receive() throws IOException, InterruptedException {
        try {
            while (!listing.ended() || !wanted.isEmpty() || !outstanding.isEmpty()) {
                Packet packet = stream.read()
                        .orElseThrow(() -> protocol("the sender ended the stream before the tree was complete"));
                take(packet);
                requestContents();
            }
            listing.finish();
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
                    listing.take(StatCodec.toEntry(packet.getStat())).ifPresent(wanted::add);
                } else {
                    listing.end();
                }
            }
            case PACKET_DATA -> takeContent(packet);
            case PACKET_ERR ->
                throw new HostException(Reason.REMOTE, packet.getData().toStringUtf8());
            default -> throw protocol("the sender sent a " + packet.getType() + " packet, which only a receiver may");
        }
    }

    private void requestContents() throws IOException {
        while (outstanding.size() < MAX_OUTSTANDING && !wanted.isEmpty()) {
            IncomingFile next = wanted.remove();
            outstanding.put(next.id(), next);
            // Not held back by the transport: at most MAX_OUTSTANDING of these few bytes are under way, and waiting
            // here
            // while the sender waits for us to read would be a deadlock.
            stream.writeNow(StatCodec.request(next.id()));
        }
    }

    private void takeContent(Packet packet) throws IOException {
        IncomingFile file = outstanding.get(packet.getID());
        if (file == null) {
            throw protocol("the sender sent content with the id " + Integer.toUnsignedString(packet.getID())
                    + ", which was not asked for");
        }
        if (!packet.getData().isEmpty()) {
            file.write(packet.getData());
            return;
        }
        outstanding.remove(packet.getID());
        file.finish();
    }

    private void abandon(Throwable failure) {
        for (IncomingFile file : outstanding.values()) {
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
}
