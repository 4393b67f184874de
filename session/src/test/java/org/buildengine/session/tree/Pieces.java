package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.buildengine.session.wire.filesync.BytesMessage;

/**
 * Numbered pieces of bytes on their way from a sender, which is watched, to a reader that has room for one. Each byte is
 * its piece's number.
 */
final class Pieces {
    static final int COUNT = 64;
    static final int BYTES = 256 << 10;
    static final List<Integer> ALL = IntStream.range(0, COUNT).boxed().toList();

    private static final long STALL_MILLIS = 300;

    private final AtomicLong sent = new AtomicLong();
    private final BlockingQueue<Integer> slot = new ArrayBlockingQueue<>(1);

    /** How many pieces the sender has given away, the one in its hand included. */
    int sent() {
        return (int) ((sent.get() + BYTES - 1) / BYTES);
    }

    /** Waits until the sender has begun and goes no further. */
    void awaitStall() throws InterruptedException {
        long before;
        do {
            before = sent.get();
            Thread.sleep(STALL_MILLIS);
        } while (before == 0 || before != sent.get());
    }

    /** Takes all pieces out of the reader's hands, as fast as they come; their numbers. */
    List<Integer> takeInOrder() throws InterruptedException {
        var numbers = new ArrayList<Integer>();
        while (numbers.size() < COUNT) {
            numbers.add(Optional.ofNullable(slot.poll(60, TimeUnit.SECONDS))
                    .orElseThrow(() -> new AssertionError("nothing comes after " + numbers)));
        }
        return numbers;
    }

    /** Where messages go. */
    @FunctionalInterface
    interface Sender {
        void send(BytesMessage message) throws IOException, InterruptedException;
    }

    /** Sends every piece as a message. */
    void copy(Sender sender) throws IOException, InterruptedException {
        for (int number : ALL) {
            var piece = new byte[BYTES];
            Arrays.fill(piece, (byte) number);
            sent.addAndGet(BYTES);
            sender.send(BytesMessage.newBuilder()
                    .setData(UnsafeByteOperations.unsafeWrap(piece))
                    .build());
        }
    }

    /** Reads messages to the end of a stream. */
    void takeAll(MessageStream<BytesMessage, BytesMessage> stream) throws IOException, InterruptedException {
        try (OutputStream sink = sink()) {
            for (var message = stream.read(); message.isPresent(); message = stream.read()) {
                message.get().getData().writeTo(sink);
            }
        }
    }

    /** The sender's end: all pieces in a row. */
    InputStream source() {
        return new InputStream() {
            private long position;

            @Override
            public int read() {
                throw new UnsupportedOperationException("slow");
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                if (position == (long) COUNT * BYTES) {
                    return -1;
                }
                int count = (int) Math.min(length, BYTES - position % BYTES);
                Arrays.fill(target, offset, offset + count, (byte) (position / BYTES));
                position += count;
                sent.addAndGet(count);
                return count;
            }
        };
    }

    /** The reader's end. Waits with each piece until somebody takes it. */
    private OutputStream sink() {
        return new OutputStream() {
            private long position;

            @Override
            public void write(int one) {
                throw new UnsupportedOperationException("slow");
            }

            @Override
            public void write(byte[] source, int offset, int length) throws IOException {
                for (int i = offset; i < offset + length; i++) {
                    if (source[i] != (byte) (position / BYTES)) {
                        throw new IOException("byte " + position + " is of piece " + source[i]);
                    }
                    position++;
                    if (position % BYTES == 0) {
                        put((int) (position / BYTES) - 1);
                    }
                }
            }
        };
    }

    private void put(int number) throws InterruptedIOException {
        try {
            slot.put(number);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException) new InterruptedIOException("nobody took piece " + number).initCause(e);
        }
    }

    /** A tree of one file with all of them, to be sent. */
    TreeSource asSource() {
        return new TreeSource() {
            @Override
            public void walk(Visitor visitor) throws IOException, InterruptedException {
                visitor.visit(TreeEntry.file("file", 0644, (long) COUNT * BYTES, 0));
            }

            @Override
            public Contents contents() {
                return _ -> source();
            }
        };
    }

    /** The same tree, to be received. */
    TreeSink asSink() {
        return new TreeSink() {
            @Override
            public boolean accept(TreeEntry entry) {
                assertThat(entry.path()).isEqualTo("file");
                return true;
            }

            @Override
            public OutputStream open(TreeEntry file) {
                return sink();
            }
        };
    }
}
