package org.buildengine.solver.events;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** A file that a log is written to, or read from. Used by one thread at a time. */
interface LogFile extends Closeable {
    /** Writes bytes at an offset, all of them unless it fails. */
    void write(long offset, byte[] bytes) throws IOException;

    /** Cuts off what is behind an offset. */
    void cut(long length) throws IOException;

    /** Reads the first {@code length} bytes of {@code into} from an offset, all of them unless it fails. */
    void read(long offset, byte[] into, int length) throws IOException;

    /** Opens files. */
    interface Opener {
        /** To be written; made if it is missing. */
        LogFile open(Path path) throws IOException;

        /** To be read. */
        default LogFile openToRead(Path path) throws IOException {
            return onDisk(path, "r");
        }
    }

    /** A file on disk; made if it is missing. */
    static LogFile onDisk(Path path) throws IOException {
        return onDisk(path, "rw");
    }

    private static LogFile onDisk(Path path, String mode) throws IOException {
        // not a channel: those are closed by the interruption of whatever thread uses them
        var file = new RandomAccessFile(path.toFile(), mode);
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
            public void read(long offset, byte[] into, int length) throws IOException {
                file.seek(offset);
                file.readFully(into, 0, length);
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }
}
