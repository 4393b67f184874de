package org.buildengine.solver.events;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** A file that a log is written to. Used by one thread at a time. */
interface LogFile extends Closeable {
    /** Writes bytes at an offset, all of them unless it fails. */
    void write(long offset, byte[] bytes) throws IOException;

    /** Cuts off what is behind an offset. */
    void cut(long length) throws IOException;

    /** Opens files. */
    interface Opener {
        LogFile open(Path path) throws IOException;
    }

    /** A file on disk; made if it is missing. */
    static LogFile onDisk(Path path) throws IOException {
        // not a channel: those are closed by the interruption of whatever thread uses them
        var file = new RandomAccessFile(path.toFile(), "rw");
        return new LogFile() {
            @Override
            public void write(long offset, byte[] bytes) throws IOException {
                file.seek(offset);
                file.write(bytes);
            }

            @Override
            public void cut(long length) throws IOException {
                file.setLength(length);
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }
}
