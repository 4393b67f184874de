package org.buildengine.session.tree;

import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.wire.fsutil.Stat;
import org.buildengine.session.wire.hosttree.TreeBatch;
import org.buildengine.session.wire.hosttree.TreeRequest;
import org.jspecify.annotations.Nullable;

/**
 * The sending end of the batch protocol (buildengine.session.v1.HostTree): lists the source in pieces, and gives the
 * contents that are asked for, one behind the other, already while listing. One use.
 *
 * <p>Three threads share the stream: one walks, one reads contents, and the calling one takes the requests. The former two
 * are platform threads, since they are in the file system most of the time.
 */
public final class BatchSender {
    private static final int LISTING_BYTES = 64 * 1024;
    private static final int CONTENTS_BYTES = 128 * 1024;

    private final MessageStream<TreeRequest, TreeBatch> stream;
    private final TreeSource source;
    private final SenderThreads threads = new SenderThreads(Thread.ofPlatform().daemon());
    private final EntryOrder order = new EntryOrder();
    private final Listed listed = new Listed();
    private final BlockingQueue<TreeEntry> asked = new LinkedBlockingQueue<>();

    /** The next batch of contents; used by the thread that reads them. */
    private byte[] contents = new byte[CONTENTS_BYTES];

    private int filled;

    /** Sends {@code source} over {@code stream}; the thread that makes the sender also runs it. */
    public BatchSender(MessageStream<TreeRequest, TreeBatch> stream, TreeSource source) {
        this.stream = stream;
        this.source = source;
    }

    /** Sends until the receiver ends its side or anything fails. */
    public void send() throws IOException, InterruptedException {
        threads.start("list", this::list);
        threads.start("contents", this::sendContents);
        var _ = threads.finish(this::takeRequests);
    }

    private boolean takeRequests() throws IOException, InterruptedException {
        while (true) {
            var request = stream.read();
            if (request.isEmpty()) {
                return true;
            }
            for (int number : request.get().getContentsList()) {
                asked.add(listed.take(number));
            }
        }
    }

    private void list() throws IOException, InterruptedException {
        var batch = TreeBatch.newBuilder();
        int[] bytes = {0};
        source.walk(entry -> {
            order.check(entry);
            listed.add(entry);
            Stat stat = StatCodec.toStat(entry);
            batch.addEntries(stat);
            bytes[0] += stat.getSerializedSize();
            if (bytes[0] >= LISTING_BYTES) {
                stream.write(batch.build());
                batch.clear();
                bytes[0] = 0;
            }
        });
        stream.write(batch.setListed(true).build());
    }

    private void sendContents() throws IOException, InterruptedException {
        try (TreeSource.Contents files = source.contents()) {
            while (true) {
                TreeEntry next = asked.poll();
                if (next == null) {
                    flush();
                    next = asked.take();
                }
                sendContent(files, next);
            }
        }
    }

    private void sendContent(TreeSource.Contents files, TreeEntry file) throws IOException, InterruptedException {
        long sent = 0;
        try (InputStream in = files.open(file)) {
            while (sent < file.size()) {
                if (filled == contents.length) {
                    flush();
                }
                int length = in.read(contents, filled, contents.length - filled);
                if (length < 0) {
                    throw changed(file, "only " + sent + " are left of");
                }
                sent += length;
                filled += length;
            }
            // A read that filled the batch to its end says nothing about what is behind it.
            if (sent > file.size() || (filled == contents.length && in.read() >= 0)) {
                throw changed(file, "it grew beyond");
            }
        }
    }

    private void flush() throws IOException, InterruptedException {
        if (filled == 0) {
            return;
        }
        stream.write(TreeBatch.newBuilder()
                .setContents(UnsafeByteOperations.unsafeWrap(contents, 0, filled))
                .build());
        contents = new byte[CONTENTS_BYTES];
        filled = 0;
    }

    private static HostException changed(TreeEntry file, String how) {
        return new HostException(
                Reason.CHANGED,
                "\"" + file.path() + "\" changed while it was read: " + how + " " + file.size()
                        + " bytes. Run it again when nothing writes to the file.");
    }

    /** The files that may be asked for, by number. Safe for use by several threads. */
    private static final class Listed {
        private final List<@Nullable TreeEntry> entries = new ArrayList<>();

        synchronized void add(TreeEntry entry) {
            entries.add(entry.type() == EntryType.FILE ? entry : null);
        }

        synchronized TreeEntry take(int number) throws HostException {
            TreeEntry file = number < 0 || number >= entries.size() ? null : entries.set(number, null);
            if (file == null) {
                throw new HostException(
                        Reason.PROTOCOL,
                        "the receiver asked for the content of entry " + Integer.toUnsignedString(number)
                                + ", which is no file or was asked for before");
            }
            return file;
        }
    }
}
