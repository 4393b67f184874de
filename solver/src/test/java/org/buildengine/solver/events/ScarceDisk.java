package org.buildengine.solver.events;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** A disk that takes no more at once than it has room for; a half of what does not fit is written all the same. */
final class ScarceDisk implements LogFile.Opener {
    private volatile int room = Integer.MAX_VALUE;

    /** So many bytes may be written at once from now on; 0 if the disk is full, so that nothing can be changed. */
    void room(int bytes) {
        room = bytes;
    }

    @Override
    public LogFile open(Path path) throws IOException {
        LogFile file = LogFile.onDisk(path);
        return new LogFile() {
            @Override
            public void write(long offset, byte[] bytes) throws IOException {
                if (bytes.length > room) {
                    file.write(offset, Arrays.copyOf(bytes, bytes.length / 2));
                    throw new IOException("No space left on device");
                }
                file.write(offset, bytes);
            }

            @Override
            public void cut(long length) throws IOException {
                if (room == 0) {
                    throw new IOException("No space left on device");
                }
                file.cut(length);
            }

            @Override
            public void read(long offset, byte[] into, int length) throws IOException {
                file.read(offset, into, length);
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }
}
