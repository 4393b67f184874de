package org.buildengine.snapshotter.archive;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.pipeline.BackgroundDigest;

/** An archive without its compression: hashes what it gives out, and stops when that gets out of proportion. */
final class UncompressedStream extends InputStream {
    private static final int BUFFER = 256 * 1024;

    private final MeteredStream compressed;
    private final InputStream plain;
    private final ArchiveLimits limits;
    private final BackgroundDigest digest = new BackgroundDigest(Long.MAX_VALUE);
    private long count;

    UncompressedStream(InputStream archive, ArchiveLimits limits) throws IOException {
        this.compressed = new MeteredStream(archive);
        this.limits = limits;
        var buffered = new PeekingStream(compressed);
        buffered.mark(4);
        byte[] magic = buffered.readNBytes(4);
        buffered.reset();
        this.plain = decompress(buffered, magic);
    }

    /**
     * A buffer that says whether more comes by looking. Decompressors take "nothing available" for the end of the
     * archive, and a network stream says so while the next part of a gzip of several parts is still on its way.
     */
    private static final class PeekingStream extends BufferedInputStream {
        PeekingStream(InputStream in) {
            super(in, BUFFER);
        }

        @Override
        public synchronized int available() throws IOException {
            int available = super.available();
            if (available > 0) {
                return available;
            }
            mark(1);
            int next = read();
            reset();
            return next < 0 ? 0 : 1;
        }
    }

    private static InputStream decompress(InputStream in, byte[] magic) throws IOException {
        if (magic.length >= 2 && magic[0] == (byte) 0x1f && magic[1] == (byte) 0x8b) {
            return new GZIPInputStream(in, 64 * 1024);
        }
        boolean zstd = magic.length == 4
                && magic[0] == (byte) 0x28
                && magic[1] == (byte) 0xb5
                && magic[2] == (byte) 0x2f
                && magic[3] == (byte) 0xfd;
        return zstd ? new ZstdInputStream(in) : in;
    }

    /** Digest of everything given out; asked for once, at the end. */
    Digest digest() throws IOException {
        return digest.finish();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int read = readPlain(into, offset, length);
        if (read <= 0) {
            return read;
        }
        digest.update(into, offset, read);
        count += read;
        if (count > limits.bytes()) {
            throw new ArchiveException("the archive holds more than the allowed " + limits.bytes() + " bytes");
        }
        if (count > limits.ratioFrom() && count / limits.ratio() > compressed.count()) {
            throw new ArchiveException("the archive grows to more than " + limits.ratio()
                    + " times its size when it is unpacked; refused as a decompression bomb");
        }
        return read;
    }

    private int readPlain(byte[] into, int offset, int length) throws IOException {
        try {
            return plain.read(into, offset, length);
        } catch (StackOverflowError e) {
            // the JDK reads the parts of a gzip by recursion, one in the other as long as they are empty
            throw new ArchiveException("the compressed archive has too many empty parts in a row", e);
        }
    }

    @Override
    public void close() throws IOException {
        try (digest) {
            plain.close();
        }
    }
}
