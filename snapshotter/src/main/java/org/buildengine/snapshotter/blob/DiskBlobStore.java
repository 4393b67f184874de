package org.buildengine.snapshotter.blob;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.store.BlobTable;
import org.buildengine.snapshotter.store.StoreLayout;

/**
 * Blobs as files named by their digests. Several ingests of one digest may run at once: the first to finish gives the
 * file its name, the others find it there and drop their bytes. An ingest is used by one thread at a time.
 */
public final class DiskBlobStore implements BlobStore {
    private static final int COPY = 1 << 16;

    private final StoreLayout layout;
    private final BlobTable table;
    private final Room room;

    /** Blobs below a root directory; {@code room} is asked for more when the disk is full. */
    public DiskBlobStore(StoreLayout layout, BlobTable table, Room room) {
        this.layout = layout;
        this.table = table;
        this.room = room;
    }

    @Override
    public OptionalLong size(Digest digest) {
        return table.size(digest);
    }

    @Override
    public InputStream open(Digest digest, long offset) throws IOException {
        OptionalLong size = table.size(digest);
        if (size.isEmpty()) {
            throw new NoSuchFileException(digest.toString(), null, "the store has no such blob");
        }
        if (offset < 0 || offset > size.getAsLong()) {
            throw new IllegalArgumentException(
                    "offset " + offset + " is outside of blob " + digest + " of " + size.getAsLong() + " bytes");
        }
        FileChannel channel = FileChannel.open(layout.blob(digest), StandardOpenOption.READ);
        try {
            return Channels.newInputStream(channel.position(offset));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public Ingest ingest(Optional<Digest> expected) throws IOException {
        room.keepFree();
        UnnamedFile file = NativeThreads.run(() -> UnnamedFile.open(layout.work()));
        WritePoint.BLOB_OPENED.reached();
        return new FileIngest(expected, file);
    }

    @Override
    public Digest put(byte[] content) throws IOException {
        Digest digest = Digest.of(content);
        if (table.claim(digest)) {
            return digest;
        }
        try (Ingest ingest = ingest(Optional.of(digest))) {
            ingest.stream().write(content);
            return ingest.commit();
        }
    }

    private final class FileIngest implements Ingest {
        private final Optional<Digest> expected;
        private final UnnamedFile file;
        private final MessageDigest sha256 = Digest.sha256();
        private final OutputStream stream;
        private long size;
        private boolean ended;

        FileIngest(Optional<Digest> expected, UnnamedFile file) {
            this.expected = expected;
            this.file = file;
            this.stream = new HashingStream();
        }

        @Override
        public OutputStream stream() {
            return stream;
        }

        @Override
        public void copyTo(OutputStream out) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(COPY);
            for (long at = 0; at < size; ) {
                int read = file.channel().read(buffer.clear(), at);
                if (read < 0) {
                    throw new EOFException("a blob of " + size + " bytes ends after " + at);
                }
                out.write(buffer.array(), 0, read);
                at += read;
            }
        }

        @Override
        public Digest commit() throws IOException {
            if (ended) {
                throw new IllegalStateException("the blob was committed or discarded before");
            }
            ended = true;
            try {
                Digest digest = Digest.finish(sha256);
                if (expected.isPresent() && !expected.get().equals(digest)) {
                    throw new DigestMismatchException(expected.get(), digest);
                }
                if (!table.claim(digest)) {
                    WritePoint.BLOB_WRITTEN.reached();
                    Path place = layout.blob(digest);
                    NativeThreads.run(() -> {
                        Files.createDirectories(place.getParent());
                        file.name(place);
                        return place;
                    });
                    WritePoint.BLOB_NAMED.reached();
                    table.add(digest, size);
                    WritePoint.BLOB_RECORDED.reached();
                }
                return digest;
            } finally {
                discard();
            }
        }

        private void discard() throws IOException {
            NativeThreads.run(() -> {
                file.close();
                return file;
            });
        }

        @Override
        public void close() throws IOException {
            if (!ended) {
                ended = true;
                discard();
            }
        }

        private final class HashingStream extends OutputStream {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (ended) {
                    throw new IOException("the blob was committed or discarded before");
                }
                DiskWrites.append(
                        file.channel(), ByteBuffer.wrap(bytes, offset, length), "a blob below " + layout.root(), room);
                sha256.update(bytes, offset, length);
                size += length;
            }
        }
    }
}
