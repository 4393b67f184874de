package org.buildengine.session.tree;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.wire.fsutil.Packet;

/**
 * The sending end of the packet protocol: lists the source and answers requests for contents, up to {@value #WORKERS} files
 * at a time and interleaved, already while listing. One use.
 *
 * <p>Three kinds of threads share the stream: one walks, the calling one reads the peer's requests, the workers send
 * contents. The first failure of any of them stops the others and becomes the result; if it is this side's, the peer gets
 * it as an ERR packet.
 */
public final class TreeSender {
    private static final int WORKERS = 4;
    private static final int CHUNK = 32 * 1024;
    private static final int MAX_QUEUED = 1024;

    private final MessageStream<Packet, Packet> stream;
    private final TreeSource source;
    private final EntryOrder order = new EntryOrder();
    private final Map<Integer, TreeEntry> files = new ConcurrentHashMap<>();
    private final BlockingQueue<Job> queue = new ArrayBlockingQueue<>(MAX_QUEUED);
    private final SenderThreads threads = new SenderThreads(Thread.ofVirtual());

    /** Sends {@code source} over {@code stream}; the thread that makes the sender also runs it. */
    public TreeSender(MessageStream<Packet, Packet> stream, TreeSource source) {
        this.stream = stream;
        this.source = source;
    }

    /** How the receiver ended. */
    public enum End {
        /** It sent FIN: it has everything. The answering FIN was sent. */
        FINISHED,
        /** It ended its side without FIN. */
        ENDED
    }

    /** Sends until the receiver is content or anything fails. */
    public End send() throws IOException, InterruptedException {
        threads.start("list", this::list);
        for (int i = 0; i < WORKERS; i++) {
            threads.start("content " + i, this::sendContents);
        }
        try {
            return threads.finish(this::answerRequests);
        } catch (IOException | RuntimeException e) {
            throw report(e);
        }
    }

    private End answerRequests() throws IOException, InterruptedException {
        while (true) {
            var packet = stream.read();
            if (packet.isEmpty()) {
                return End.ENDED;
            }
            switch (packet.get().getType()) {
                case PACKET_REQ -> request(packet.get().getID());
                case PACKET_FIN -> {
                    stream.write(StatCodec.fin());
                    return End.FINISHED;
                }
                case PACKET_ERR -> throw new PeerFailure(packet.get().getData().toStringUtf8());
                default ->
                    throw new HostException(
                            Reason.PROTOCOL,
                            "the receiver sent a " + packet.get().getType() + " packet, which only a sender may");
            }
        }
    }

    private void request(int id) throws IOException, InterruptedException {
        TreeEntry file = files.remove(id);
        if (file == null) {
            throw new HostException(Reason.PROTOCOL, "invalid file id " + Integer.toUnsignedString(id));
        }
        queue.put(new Job(id, file));
    }

    private void list() throws IOException, InterruptedException {
        int[] next = {0};
        source.walk(entry -> {
            order.check(entry);
            int id = next[0]++;
            if (entry.type() == EntryType.FILE) {
                files.put(id, entry);
            }
            stream.write(StatCodec.entry(entry));
        });
        stream.write(StatCodec.endOfListing());
    }

    private void sendContents() throws IOException, InterruptedException {
        try (TreeSource.Contents files = source.contents()) {
            while (true) {
                Job job = queue.take();
                sendContent(files, job.id, job.file);
            }
        }
    }

    private void sendContent(TreeSource.Contents files, int id, TreeEntry file)
            throws IOException, InterruptedException {
        long sent = 0;
        try (InputStream in = files.open(file)) {
            while (true) {
                byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1, file.size() - sent + 1))];
                int length = in.readNBytes(chunk, 0, chunk.length);
                if (length == 0) {
                    break;
                }
                sent += length;
                if (sent > file.size()) {
                    throw changed(file, "it grew beyond");
                }
                stream.write(StatCodec.data(id, chunk, length));
            }
        }
        if (sent != file.size()) {
            throw changed(file, "only " + sent + " are left of");
        }
        stream.write(StatCodec.endOfFile(id));
    }

    private static HostException changed(TreeEntry file, String how) {
        return new HostException(
                Reason.CHANGED,
                "\"" + file.path() + "\" changed while it was read: " + how + " " + file.size()
                        + " bytes. Run it again when nothing writes to the file.");
    }

    private IOException report(Throwable failed) {
        if (!(failed instanceof PeerFailure)) {
            try {
                stream.writeNow(StatCodec.error(Statuses.describe(failed)));
            } catch (IOException | RuntimeException e) {
                failed.addSuppressed(e);
            }
        }
        return switch (failed) {
            case PeerFailure peer -> new HostException(Reason.REMOTE, String.valueOf(peer.getMessage()), peer);
            case IOException io -> io;
            default -> new IOException(Statuses.describe(failed), failed);
        };
    }

    private record Job(int id, TreeEntry file) {}

    /** The receiver told us that it failed; telling it back would be noise. */
    private static final class PeerFailure extends IOException {
        private static final long serialVersionUID = 1L;

        PeerFailure(String message) {
            super(message);
        }
    }
}
