package org.buildengine.snapshotter.tree;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.Room;

/**
 * The sealed index of a layer. On disk: a header (magic, version, counts, digest), the records of {@link NodeTable}
 * breadth first, their texts, and a CRC-32C over all of it. In memory the same bytes. Immutable.
 */
public final class LayerIndex implements LayerView {
    private static final int MAGIC = 0x58444942;
    private static final int VERSION = 1;
    private static final int HEADER = 4 + 4 + 4 + 4 + Digest.LENGTH;

    private static final int[] NOBODY = {};

    private final NodeTable table;
    private final Digest digest;
    private final DigestMemory digests = DigestMemory.empty();

    private LayerIndex(NodeTable table, Digest digest) {
        this.table = table;
        this.digest = digest;
    }

    /** An index with an empty root. */
    public static LayerIndex empty() {
        try {
            return of(new DraftTree());
        } catch (IOException e) {
            throw new AssertionError("an empty layer always fits", e);
        }
    }

    /** The index of a draft, whose nodes are copied. */
    public static LayerIndex of(DraftTree draft) throws IOException {
        NodeTable source = draft.table();
        NodeTable table = new NodeTable(source.count());
        int[] origin = new int[source.count()];
        table.append(new byte[0], NodeTable.DIRECTORY);
        table.copyFrom(ROOT, source, ROOT);
        for (int node = 0; node < table.count(); node++) {
            if (!table.isDirectory(node)) {
                continue;
            }
            int[] children = draft.children(origin[node]);
            table.setPair(node, table.count(), children.length);
            for (int child : children) {
                int copy = table.append(source.nameBytes(child), source.kind(child));
                table.copyFrom(copy, source, child);
                origin[copy] = child;
            }
        }
        var trimmed = new NodeTable(
                Arrays.copyOf(table.records(), table.count() * NodeTable.RECORD),
                Arrays.copyOf(table.heap(), table.heapLength()));
        var undigested = new LayerIndex(trimmed, Digest.of(""));
        return new LayerIndex(trimmed, TreeDigest.ofLayer(undigested));
    }

    /** The same nodes, with the same numbers, as a draft of the same layer in another form. */
    public DraftTree draft() throws IOException {
        var draft = new DraftTree();
        draft.copy(ROOT, table, ROOT);
        for (int node = 0; node < table.count(); node++) {
            for (int child : table.isDirectory(node) ? children(node) : NOBODY) {
                draft.copy(draft.put(node, table.name(child), table.kind(child)), table, child);
            }
        }
        return draft;
    }

    /**
     * Reads an index file.
     *
     * @throws IOException naming the file, if it is damaged or of another version
     */
    public static LayerIndex load(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = read(channel, HEADER);
            if (header.getInt(0) != MAGIC || header.getInt(4) != VERSION) {
                throw new IOException(file + ": not a layer index of version " + VERSION);
            }
            int records = header.getInt(8);
            int heap = header.getInt(12);
            if (channel.size() != HEADER + (long) records * NodeTable.RECORD + heap + Long.BYTES) {
                throw new IOException(file + ": damaged, its length does not match its header");
            }
            byte[] recordBytes = bytes(channel, records * NodeTable.RECORD);
            byte[] heapBytes = bytes(channel, heap);
            byte[] headerBytes = new byte[HEADER];
            header.get(0, headerBytes);
            if (read(channel, Long.BYTES).getLong(0) != checksum(headerBytes, recordBytes, heapBytes)) {
                throw new IOException(file + ": damaged, its checksum does not match");
            }
            byte[] digest = Arrays.copyOfRange(headerBytes, HEADER - Digest.LENGTH, HEADER);
            return new LayerIndex(new NodeTable(recordBytes, heapBytes), Digest.ofRaw(digest));
        } catch (EOFException e) {
            throw new IOException(file + ": damaged, it ends early", e);
        }
    }

    private static ByteBuffer read(FileChannel channel, int length) throws IOException {
        return ByteBuffer.wrap(bytes(channel, length)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] bytes(FileChannel channel, int length) throws IOException {
        byte[] bytes = new byte[length];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return bytes;
    }

    private static long checksum(byte[]... parts) {
        CRC32C crc = new CRC32C();
        for (byte[] part : parts) {
            crc.update(part);
        }
        return crc.getValue();
    }

    /** Writes the index to a new file; {@code room} is asked for more when the disk is full. */
    public void save(Path file, Room room) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(MAGIC)
                .putInt(VERSION)
                .putInt(table.count())
                .putInt(table.heapLength())
                .put(digest.toBytes());
        ByteBuffer trailer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        trailer.putLong(checksum(header.array(), table.records(), table.heap()));
        try (FileChannel channel = DiskWrites.create(file, room)) {
            for (byte[] part : new byte[][] {header.array(), table.records(), table.heap(), trailer.array()}) {
                DiskWrites.append(channel, ByteBuffer.wrap(part), "the index of a layer", room);
            }
        }
    }

    /** Digest of the layer's own nodes, whiteouts included, times not. */
    public Digest digest() {
        return digest;
    }

    /** Bytes in all files, those with several names counted for each. */
    public long contentBytes() {
        long bytes = 0;
        for (int node = 0; node < table.count(); node++) {
            bytes += table.isFile(node) ? table.size(node) : 0;
        }
        return bytes;
    }

    /** How many names of files there are. */
    public long files() {
        long files = 0;
        for (int node = 0; node < table.count(); node++) {
            files += table.isFile(node) ? 1 : 0;
        }
        return files;
    }

    /** Memory that the index takes, in bytes. */
    public long memory() {
        return table.records().length + (long) table.heap().length;
    }

    @Override
    public NodeTable table() {
        return table;
    }

    @Override
    public DigestMemory digests() {
        return digests;
    }

    @Override
    public int child(int directory, byte[] name) {
        int low = table.first(directory);
        int high = low + table.second(directory) - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = table.compareName(middle, name);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return NONE;
    }

    @Override
    public int[] children(int directory) {
        int first = table.first(directory);
        int[] children = new int[table.second(directory)];
        Arrays.setAll(children, i -> first + i);
        return children;
    }
}
