package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.buildengine.snapshotter.linux.Descriptor;

/** The right to use a root directory. The kernel gives it back when the process dies. */
final class RootLock implements Closeable {
    private final Descriptor descriptor;

    private RootLock(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Takes the lock at once or fails.
     *
     * @throws StoreInUseException with the process id of the holder
     */
    static RootLock take(StoreLayout layout) throws IOException {
        Descriptor descriptor = Descriptor.file(layout.lock().toString());
        boolean taken = false;
        try {
            if (!descriptor.tryLock()) {
                String holder = Files.readString(layout.lock(), StandardCharsets.US_ASCII)
                        .strip();
                throw new StoreInUseException(layout.root(), holder);
            }
            String text = ProcessHandle.current().pid() + "\n";
            try (FileChannel channel = FileChannel.open(descriptor.path(), StandardOpenOption.WRITE)) {
                channel.truncate(0);
                ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            taken = true;
            return new RootLock(descriptor);
        } finally {
            if (!taken) {
                descriptor.close();
            }
        }
    }

    /** The file, open for as long as the root is ours. */
    Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
