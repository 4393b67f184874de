package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Reads files of open directories, a small one with four system calls and no path look-up beyond the directory. Holds
 * buffers that are used again for each file. Used by one platform thread.
 */
public final class FileScan implements Closeable {
    private static final int CONTENT_BYTES = 64 * 1024;
    private static final int NAME_BYTES = 256;

    private final BooleanSupplier givenUp;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment how = Descriptor.howToRead(arena);
    private final MemorySegment name = arena.allocate(NAME_BYTES);
    private final MemorySegment content = arena.allocate(CONTENT_BYTES);
    private final byte[] bytes = new byte[CONTENT_BYTES];

    /** Takes what is read, piece by piece. */
    @FunctionalInterface
    public interface Contents {
        /** The next bytes, which are only good during the call. */
        void take(byte[] bytes, int offset, int length) throws IOException;
    }

    /**
     * A scan that has read nothing yet.
     *
     * @param givenUp whether nobody wants the contents any more; asked before each piece of them, since a file with holes can be
     *     larger than any disk
     */
    public FileScan(BooleanSupplier givenUp) {
        this.givenUp = givenUp;
    }

    /**
     * Reads a file; a link in its place is refused, not followed.
     *
     * @param file its name in {@code directory}
     * @param size how many bytes it has
     * @param into is given that many bytes, or fewer if the file ends before
     * @return the extended attributes
     * @throws InterruptedIOException if it was given up
     */
    public Map<String, byte[]> read(Descriptor directory, String file, long size, Contents into) throws IOException {
        try (Descriptor open = open(directory, file)) {
            content(open, file, size, into);
            long names = Libc.flistxattrLength(open.number());
            return names == 0 || names == -Errno.EOPNOTSUPP
                    ? Map.of()
                    : LinuxFiles.xattrs(directory.path() + "/" + file);
        }
    }

    /** Reads no more of a file than its bytes, in the same manner. */
    public void readContent(Descriptor directory, String file, long size, Contents into) throws IOException {
        try (Descriptor open = open(directory, file)) {
            content(open, file, size, into);
        }
    }

    private Descriptor open(Descriptor directory, String file) throws LinuxException {
        byte[] encoded = FileNames.encode(file);
        MemorySegment.copy(encoded, 0, name, JAVA_BYTE, 0, encoded.length);
        name.set(JAVA_BYTE, encoded.length, (byte) 0);
        int number = Libc.openat2(directory.number(), name, how);
        if (number < 0) {
            throw new LinuxException(-number, "open", file);
        }
        return new Descriptor(number);
    }

    private void content(Descriptor open, String file, long size, Contents into) throws IOException {
        for (long left = size; left > 0; ) {
            if (givenUp.getAsBoolean()) {
                throw new InterruptedIOException(file + ": nobody wants its contents any more");
            }
            long read = Libc.read(open.number(), content);
            if (read < 0) {
                throw new LinuxException((int) -read, "read", file);
            }
            if (read == 0) {
                return;
            }
            int taken = (int) Math.min(left, read);
            MemorySegment.copy(content, JAVA_BYTE, 0, bytes, 0, taken);
            into.take(bytes, 0, taken);
            left -= taken;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
