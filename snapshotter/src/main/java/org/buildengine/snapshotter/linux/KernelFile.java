package org.buildengine.snapshotter.linux;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file that the kernel makes up whenever it is read, as those of {@code /proc} and of cgroups. It stays open: reading it again is one
 * call, and goes on where its path no longer leads there. For one thread at a time.
 */
public final class KernelFile implements Closeable {
    private static final int USUAL = 8 * 1024;
    private static final int LONGEST = 64 * 1024;

    private final RandomAccessFile file;

    private KernelFile(RandomAccessFile file) {
        this.file = file;
    }

    public static KernelFile open(Path path) throws IOException {
        return new KernelFile(new RandomAccessFile(path.toFile(), "r"));
    }

    /** What it says at this moment, by one call. Of files that the kernel makes line by line that is a page at most. */
    public String text() throws IOException {
        byte[] bytes = read(USUAL);
        return new String(bytes.length < USUAL ? bytes : read(LONGEST), StandardCharsets.US_ASCII);
    }

    private byte[] read(int most) throws IOException {
        var bytes = new byte[most];
        file.seek(0);
        return Arrays.copyOf(bytes, Math.max(0, file.read(bytes)));
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException _) {
            // nothing was written through it, so a failure has nothing to say
        }
    }
}
