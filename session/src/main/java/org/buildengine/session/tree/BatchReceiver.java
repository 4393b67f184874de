package org.buildengine.session.tree;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.wire.fsutil.Stat;
import org.buildengine.session.wire.hosttree.TreeBatch;
import org.buildengine.session.wire.hosttree.TreeRequest;

/**
 * The receiving end of the batch protocol (buildengine.session.v1.HostTree): takes the listing, asks for contents while it
 * still arrives, and writes them one file after the other. One thread, one use.
 *
 * <p>The sink is called between two reads: while it is slow, no further message is asked of the transport. At most
 * {@value #MAX_ASKED} contents are asked for at a time, which bounds the requests that a peer leaves unread.
 */
public final class BatchReceiver {
    /** The most bytes of one batch; a larger one is to be refused by the transport. */
    public static final int MAX_BATCH = 1024 * 1024;

    private static final int MAX_ASKED = 8192;

    private final MessageStream<TreeBatch, TreeRequest> stream;
    private final IncomingListing listing;
    private final Deque<IncomingFile> wanted = new ArrayDeque<>();
    private final Deque<IncomingFile> asked = new ArrayDeque<>();

    /** Receives from {@code stream} into {@code sink}. */
    public BatchReceiver(MessageStream<TreeBatch, TreeRequest> stream, TreeSink sink) {
        this.stream = stream;
        this.listing = new IncomingListing(sink);
    }

    /**
     * Receives the whole tree.
     *
     * @throws HostException if the peer breaks the protocol, fails, goes away, or a file is not what it announced
     * @throws IOException what the sink threw
     */
    public void receive() throws IOException, InterruptedException {
        try {
            while (!listing.ended() || !wanted.isEmpty() || !asked.isEmpty()) {
                take(stream.read()
                        .orElseThrow(() -> protocol("the sender ended the stream before the tree was complete")));
                request();
            }
            listing.finish();
        } catch (IOException | InterruptedException | RuntimeException e) {
            abandon(e);
            throw e;
        }
    }

    private void take(TreeBatch batch) throws IOException {
        if (batch.getEntriesCount() == 0 && batch.getContents().isEmpty() && !batch.getListed()) {
            throw protocol("the sender sent a batch with nothing in it");
        }
        // Before the entries: those have not been asked for yet.
        takeContents(batch.getContents());
        for (Stat entry : batch.getEntriesList()) {
            listing.take(StatCodec.toEntry(entry)).ifPresent(wanted::add);
        }
        if (batch.getListed()) {
            if (listing.ended()) {
                throw protocol("the sender ended its listing twice");
            }
            listing.end();
        }
    }

    private void takeContents(ByteString contents) throws IOException {
        int taken = 0;
        while (taken < contents.size()) {
            IncomingFile file = asked.peek();
            if (file == null) {
                throw protocol("the sender sent more contents than were asked for");
            }
            int length = (int) Math.min(contents.size() - taken, file.missing());
            file.write(contents.substring(taken, taken + length));
            taken += length;
            if (file.missing() == 0) {
                asked.remove();
                file.finish();
            }
        }
    }

    /** Asks for many at once, when few that were asked for are still to come. */
    private void request() throws IOException {
        if (wanted.isEmpty() || asked.size() > MAX_ASKED / 2) {
            return;
        }
        TreeRequest.Builder request = TreeRequest.newBuilder();
        while (!wanted.isEmpty() && asked.size() < MAX_ASKED) {
            IncomingFile next = wanted.remove();
            asked.add(next);
            request.addContents(next.id());
        }
        // Not held back by the transport: waiting here while the sender waits for us to read would be a deadlock.
        stream.writeNow(request.build());
    }

    private void abandon(Throwable failure) {
        IncomingFile open = asked.peek();
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private static HostException protocol(String text) {
        return new HostException(Reason.PROTOCOL, text);
    }
}
