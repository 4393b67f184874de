package org.buildengine.server.telemetry;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An append-only sequence of byte rows in a file, numbered from 1, with any number of readers that each go at their own
 * pace. The heap holds a tail of at most {@value #TAIL_BYTES} bytes, and there is no file before there are more. Safe for
 * use by several threads; a failing disk loses rows but throws nothing at writers.
 */
final class RowLog implements Closeable {
    private static final int TAIL_BYTES = 64 * 1024;
    private static final System.Logger LOG = System.getLogger(RowLog.class.getName());

    private final Path path;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private ByteBuffer tail = ByteBuffer.allocate(0);
    private @Nullable Storage storage;
    private long flushed;
    private long rows;
    private long lost;
    private boolean sealed;
    private boolean closed;

    /** An empty log whose file will be {@code path}, in a directory that exists. */
    RowLog(Path path) {
        this.path = path;
    }

    /** Adds a row, given in one piece or in several; does nothing once the log is sealed. */
    void append(byte[]... row) {
        int length = 0;
        for (byte[] piece : row) {
            length += piece.length;
        }
        lock.lock();
        try {
            if (sealed || !store(row, length)) {
                return;
            }
            rows++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean store(byte[][] row, int length) {
        try {
            if (tail.capacity() == 0) {
                tail = ByteBuffer.allocate(TAIL_BYTES);
            }
            if (tail.remaining() < Integer.BYTES + length) {
                flush();
            }
            if (tail.remaining() < Integer.BYTES + length) {
                write(row, length);
            } else {
                tail.putInt(length);
                for (byte[] piece : row) {
                    tail.put(piece);
                }
            }
            return true;
        } catch (IOException e) {
            if (lost++ == 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "telemetry is lost, {0} cannot be written: {1}",
                        path,
                        e.getMessage());
            }
            return false;
        }
    }

    private void flush() throws IOException {
        write(tail.array(), tail.position());
        tail.clear();
    }

    private void write(byte[][] row, int length) throws IOException {
        long start = flushed;
        try {
            write(ByteBuffer.allocate(Integer.BYTES).putInt(length).array(), Integer.BYTES);
            for (byte[] piece : row) {
                write(piece, piece.length);
            }
        } catch (IOException e) {
            flushed = start;
            throw e;
        }
    }

    private void write(byte[] bytes, int length) throws IOException {
        if (storage == null) {
            storage = Storage.at(path);
        }
        storage.written.seek(flushed);
        storage.written.write(bytes, 0, length);
        flushed += length;
    }

    /** No more rows will come: readers end when they have read what is there. */
    void seal() {
        lock.lock();
        try {
            sealed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A reader that stands before the first row. */
    Reader reader() {
        return new Reader();
    }

    @Override
    public void close() throws IOException {
        Storage left;
        lock.lock();
        try {
            sealed = true;
            closed = true;
            changed.signalAll();
            left = storage;
            if (left == null) {
                return;
            }
            left.written.close();
            Files.deleteIfExists(path);
        } finally {
            lock.unlock();
        }
        reading.lock();
        try {
            left.read.close();
        } finally {
            reading.unlock();
        }
    }

    /**
     * The file, twice, so that readers do not keep the writers waiting. No channels: those are closed by the interruption of
     * whatever thread uses them.
     */
    private record Storage(RandomAccessFile written, RandomAccessFile read) {
        static Storage at(Path path) throws IOException {
            var written = new RandomAccessFile(path.toFile(), "rw");
            try {
                written.setLength(0);
                return new Storage(written, new RandomAccessFile(path.toFile(), "r"));
            } catch (IOException e) {
                written.close();
                throw e;
            }
        }
    }

    /** One reader's place. Used by one thread. */
    final class Reader {
        private long offset;
        private long row;

        private Reader() {}

        /** Number of the last row read. */
        long row() {
            return row;
        }

        /**
         * The next rows: at least one, unless the log has been sealed and read to its end, or nothing came within
         * {@code patience}.
         */
        List<byte[]> next(int maxRows, int maxBytes, Duration patience) throws IOException, InterruptedException {
            long stored;
            Storage from;
            lock.lockInterruptibly();
            try {
                long left = patience.toNanos();
                while (row == rows && !sealed && left > 0) {
                    left = changed.awaitNanos(left);
                }
                if (row == rows || closed) {
                    return List.of();
                }
                from = storage;
                if (from == null || offset >= flushed) {
                    return take(tail.duplicate().flip().position((int) (offset - flushed)), maxRows, maxBytes);
                }
                stored = flushed;
            } finally {
                lock.unlock();
            }
            try {
                return takeStored(from.read, stored, maxRows, maxBytes);
            } catch (IOException e) {
                if (atEnd()) {
                    return List.of(); // Closed meanwhile.
                }
                throw e;
            }
        }

        /** Lets rows gather for a while; returns early when there are enough of them, enough bytes, or the log is sealed. */
        void gather(Duration pause, long enoughRows, long enoughBytes) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long left = pause.toNanos();
                while (!sealed
                        && left > 0
                        && rows - row < enoughRows
                        && flushed + tail.position() - offset < enoughBytes) {
                    left = changed.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }

        /** Whether there is nothing more to come. */
        boolean atEnd() {
            lock.lock();
            try {
                return sealed && (row == rows || closed);
            } finally {
                lock.unlock();
            }
        }

        /** Rows of the file up to {@code stored}, where a row ends. */
        private List<byte[]> takeStored(RandomAccessFile source, long stored, int maxRows, int maxBytes)
                throws IOException {
            int length = (int) Math.min(stored - offset, Integer.BYTES + (long) maxBytes);
            List<byte[]> batch = take(ByteBuffer.wrap(stored(source, offset, length)), maxRows, maxBytes);
            if (!batch.isEmpty()) {
                return batch;
            }
            int whole = ByteBuffer.wrap(stored(source, offset, Integer.BYTES)).getInt();
            return take(ByteBuffer.wrap(stored(source, offset, Integer.BYTES + whole)), 1, whole);
        }

        /** The whole rows that bytes begin with. */
        private List<byte[]> take(ByteBuffer bytes, int maxRows, int maxBytes) {
            var batch = new ArrayList<byte[]>();
            int start = bytes.position();
            while (batch.size() < maxRows
                    && bytes.position() - start < maxBytes
                    && bytes.remaining() >= Integer.BYTES
                    && bytes.remaining() - Integer.BYTES >= bytes.getInt(bytes.position())) {
                var next = new byte[bytes.getInt()];
                bytes.get(next);
                batch.add(next);
            }
            offset += bytes.position() - start;
            row += batch.size();
            return batch;
        }

        private byte[] stored(RandomAccessFile source, long from, int length) throws IOException {
            var bytes = new byte[length];
            reading.lock();
            try {
                source.seek(from);
                source.readFully(bytes);
                return bytes;
            } finally {
                reading.unlock();
            }
        }
    }
}
