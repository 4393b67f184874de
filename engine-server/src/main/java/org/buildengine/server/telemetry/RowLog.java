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

/**
 * An append-only sequence of byte rows in a file, numbered from 1, with any number of readers that each go at their own
 * pace. The heap holds a tail of at most {@value #TAIL_BYTES} bytes. Safe for use by several threads; a failing disk
 * loses rows but throws nothing at writers.
 */
final class RowLog implements Closeable {
    private static final int TAIL_BYTES = 64 * 1024;
    private static final System.Logger LOG = System.getLogger(RowLog.class.getName());

    private final Path path;
    /** Not a channel: those are closed by the interruption of whatever thread uses them. */
    private final RandomAccessFile file;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ByteBuffer tail = ByteBuffer.allocate(TAIL_BYTES);
    private long flushed;
    private long rows;
    private long lost;
    private boolean sealed;
    private boolean closed;

    RowLog(Path path) throws IOException {
        this.path = path;
        Files.createDirectories(path.toAbsolutePath().getParent());
        this.file = new RandomAccessFile(path.toFile(), "rw");
        file.setLength(0);
    }

    /** Adds a row; does nothing once the log is sealed. */
    void append(byte[] row) {
        lock.lock();
        try {
            if (sealed || !store(row)) {
                return;
            }
            rows++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean store(byte[] row) {
        try {
            if (tail.remaining() < Integer.BYTES + row.length) {
                flush();
            }
            if (tail.remaining() < Integer.BYTES + row.length) {
                write(ByteBuffer.allocate(Integer.BYTES).putInt(row.length).array(), Integer.BYTES);
                write(row, row.length);
            } else {
                tail.putInt(row.length).put(row);
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

    private void write(byte[] bytes, int length) throws IOException {
        file.seek(flushed);
        file.write(bytes, 0, length);
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
        lock.lock();
        try {
            sealed = true;
            closed = true;
            changed.signalAll();
            file.close();
            Files.deleteIfExists(path);
        } finally {
            lock.unlock();
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
            lock.lockInterruptibly();
            try {
                long left = patience.toNanos();
                while (row == rows && !sealed && left > 0) {
                    left = changed.awaitNanos(left);
                }
                var batch = new ArrayList<byte[]>();
                int bytes = 0;
                while (row < rows && !closed && batch.size() < maxRows && bytes < maxBytes) {
                    byte[] next = read();
                    bytes += next.length;
                    batch.add(next);
                }
                return batch;
            } finally {
                lock.unlock();
            }
        }

        /** Lets rows gather for a while; returns early when the log is sealed. */
        void gather(Duration pause) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long left = pause.toNanos();
                while (!sealed && left > 0) {
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

        private byte[] read() throws IOException {
            int length = ByteBuffer.wrap(bytes(offset, Integer.BYTES)).getInt();
            byte[] content = bytes(offset + Integer.BYTES, length);
            offset += Integer.BYTES + length;
            row++;
            return content;
        }

        private byte[] bytes(long from, int length) throws IOException {
            var bytes = new byte[length];
            if (from >= flushed) {
                tail.duplicate().position(0).get((int) (from - flushed), bytes);
                return bytes;
            }
            file.seek(from);
            file.readFully(bytes);
            return bytes;
        }
    }
}
