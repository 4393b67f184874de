package org.buildengine.solver.events;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/** Logs in memory, which use no monitor of the JDK: for threads of which one at a time goes on. */
public final class MemoryLogs {
    private static final Path NOWHERE = Path.of("memory");

    private MemoryLogs() {}

    /** A log that nobody but the caller knows. */
    public static EventLog begin(long number) {
        return new EventLog(number, NOWHERE, new Memory(), _ -> {});
    }

    private static final class Memory implements LogFile.Opener, LogFile {
        private byte[] bytes = {};

        @Override
        public LogFile open(Path path) {
            return this;
        }

        @Override
        public LogFile openToRead(Path path) {
            return this;
        }

        @Override
        public void write(long offset, byte[] more) {
            var longer = new ByteArrayOutputStream();
            longer.write(bytes, 0, (int) offset);
            longer.writeBytes(more);
            bytes = longer.toByteArray();
        }

        @Override
        public void cut(long length) {
            write(length, new byte[0]);
        }

        @Override
        public void read(long offset, byte[] into, int length) throws IOException {
            if (offset + length > bytes.length) {
                throw new IOException("there are not so many bytes");
            }
            System.arraycopy(bytes, (int) offset, into, 0, length);
        }

        @Override
        public void close() {}
    }
}
