package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A file that is written beside its place and moved there when it is complete. Closing it with fewer bytes than announced
 * leaves what was there before.
 */
final class PendingFile extends OutputStream {
    /** For a file whose size is known only at its end; {@link #complete} says when. */
    static final long UNKNOWN = -1;

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ATTEMPTS = 10;

    private final OutputStream out;
    private final Path pending;
    private final Path place;
    private final int mode;
    private final long size;
    private final long mtimeNanos;
    private long written;
    private boolean complete;
    private boolean closed;

    private PendingFile(OutputStream out, Path pending, Path place, int mode, long size, long mtimeNanos) {
        this.out = out;
        this.pending = pending;
        this.place = place;
        this.mode = mode;
        this.size = size;
        this.mtimeNanos = mtimeNanos;
    }

    /** Starts a file; {@code mtimeNanos} 0 keeps the time of writing if the size is unknown. */
    static PendingFile create(Path place, int mode, long size, long mtimeNanos) throws IOException {
        for (int attempt = 1; ; attempt++) {
            byte[] random = new byte[8];
            RANDOM.nextBytes(random);
            Path pending = place.resolveSibling(".export-" + HexFormat.of().formatHex(random) + ".part");
            try {
                // CREATE_NEW neither follows a link nor opens what somebody else put there.
                OutputStream out =
                        Files.newOutputStream(pending, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                return new PendingFile(out, pending, place, mode, size, mtimeNanos);
            } catch (FileAlreadyExistsException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Says that a file of unknown size has all its bytes. */
    void complete() {
        complete = true;
    }

    @Override
    public void write(int b) throws IOException {
        out.write(b);
        written++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        written += length;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            out.close();
            if (size == UNKNOWN ? complete : written == size) {
                Files.setAttribute(pending, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
                if (size != UNKNOWN) {
                    DiskWriter.setTime(pending, mtimeNanos);
                }
                var _ = Files.move(pending, place, StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            var _ = Files.deleteIfExists(pending);
        }
    }
}
