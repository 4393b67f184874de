package org.buildengine.solver.events;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/** Reads single pieces of a log by their places, also when its file has been removed meanwhile. Safe for use by several threads. */
public final class LogBytes implements Closeable {
    private final RandomAccessFile file;
    private final ReentrantLock reading = new ReentrantLock();

    LogBytes(Path path) throws IOException {
        this.file = new RandomAccessFile(path.toFile(), "r");
    }

    /** Bytes that were written. */
    public byte[] read(long offset, int length) throws IOException {
        var bytes = new byte[length];
        reading.lock();
        try {
            file.seek(offset);
            file.readFully(bytes);
            return bytes;
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        reading.lock();
        try {
            file.close();
        } finally {
            reading.unlock();
        }
    }
}
