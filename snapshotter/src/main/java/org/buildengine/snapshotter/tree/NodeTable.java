package org.buildengine.snapshotter.tree;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;

/**
 * Nodes of one layer as records of {@value #RECORD} bytes in one array, and their texts in another: some 120 bytes per
 * node and no object. A node is the number of its record. Safe to read from several threads once nobody writes.
 */
public final class NodeTable {
    /** Kinds of nodes: their numbers are part of the index file and of digests, and never change. */
    public static final int FILE = 0;

    public static final int DIRECTORY = 1;
    public static final int SYMLINK = 2;
    public static final int CHAR_DEVICE = 3;
    public static final int BLOCK_DEVICE = 4;
    public static final int FIFO = 5;
    public static final int SOCKET = 6;

    /** Kind of a node that hides what lies below. */
    public static final int WHITEOUT = 7;

    /** The type of each kind but the last. */
    private static final List<NodeType> TYPES = List.of(
            NodeType.FILE,
            NodeType.DIRECTORY,
            NodeType.SYMLINK,
            NodeType.CHAR_DEVICE,
            NodeType.BLOCK_DEVICE,
            NodeType.FIFO,
            NodeType.SOCKET);

    /** Flag of a directory whose contents hide those below. */
    public static final int OPAQUE = 1;

    /** Flag of a node that shares its inode with another. */
    public static final int LINKED = 2;

    /** Flag of a node that a draft has dropped. */
    static final int REMOVED = 4;

    /** Flag of a directory that the layer only passes through: nobody said what its attributes are. */
    public static final int TRANSIT = 8;

    /** Flag of a directory that is here because of what is in it, with the attributes that it had below the layer. */
    public static final int COPIED = 16;

    /** Flag of an opaque directory that took the place of what lies below under its name, were it a link to a directory. */
    public static final int REPLACING = 32;

    /**
     * Flag of a {@link #REPLACING} directory that an archive has after something else of that name: it took that place in its
     * turn ({@link #hidingOrder}), while marks hide before anything else is put.
     */
    public static final int IN_TURN = 64;

    static final int RECORD = 104;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 4;
    private static final int KIND = 6;
    private static final int FLAGS = 7;
    private static final int MODE = 8;
    private static final int UID = 12;
    private static final int GID = 16;
    private static final int FIRST = 20;
    private static final int SECOND = 24;
    private static final int XATTRS = 28;
    private static final int MTIME = 32;
    private static final int SIZE = 40;
    private static final int DATA = 48;
    private static final int TAIL = 56;
    private static final int INODE = 64;
    private static final int DIGEST = 72;

    /** Where a further name of a node that is no file says what it was made of; such nodes have no digest. */
    private static final int MADE_OF = DIGEST;

    private static final int MOST = Integer.MAX_VALUE - 64;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] records;
    private byte[] heap;
    private int count;
    private int heapLength;

    /** An empty table. Offset 0 of the heap is taken, so that 0 can mean "none". */
    NodeTable(int expected) {
        records = new byte[Math.max(4, expected) * RECORD];
        heap = new byte[Math.max(64, expected * 12)];
        heapLength = 1;
    }

    /** A table of finished arrays. */
    NodeTable(byte[] records, byte[] heap) {
        this.records = records;
        this.heap = heap;
        this.count = records.length / RECORD;
        this.heapLength = heap.length;
    }

    byte[] records() {
        return records;
    }

    byte[] heap() {
        return heap;
    }

    int heapLength() {
        return heapLength;
    }

    /** Number of records, dropped ones included. */
    public int count() {
        return count;
    }

    int append(byte[] name, int kind) throws IOException {
        if (records.length < (count + 1L) * RECORD) {
            records = Arrays.copyOf(records, grown(records.length, RECORD));
        }
        int node = count++;
        setInt(node, NAME, store(name, 0, name.length));
        records[at(node) + NAME_LENGTH] = (byte) name.length;
        setKind(node, kind);
        return node;
    }

    private static int grown(int length, int atLeast) throws IOException {
        long wanted = Math.max(length + (long) atLeast, Math.min(MOST, length * 2L));
        if (wanted > MOST) {
            throw new IOException("a layer holds at most " + MOST / RECORD + " nodes and 2 GiB of names");
        }
        return (int) wanted;
    }

    private int store(byte[] bytes, int offset, int length) throws IOException {
        if (heap.length - heapLength < length) {
            heap = Arrays.copyOf(heap, grown(heap.length, length));
        }
        int at = heapLength;
        System.arraycopy(bytes, offset, heap, at, length);
        heapLength += length;
        return at;
    }

    private static int at(int node) {
        return node * RECORD;
    }

    private int getInt(int node, int field) {
        return (int) INTS.get(records, at(node) + field);
    }

    private void setInt(int node, int field, int value) {
        INTS.set(records, at(node) + field, value);
    }

    private long getLong(int node, int field) {
        return (long) LONGS.get(records, at(node) + field);
    }

    private void setLong(int node, int field, long value) {
        LONGS.set(records, at(node) + field, value);
    }

    /** One of the kinds. */
    public int kind(int node) {
        return records[at(node) + KIND];
    }

    void setKind(int node, int kind) {
        records[at(node) + KIND] = (byte) kind;
    }

    public boolean isDirectory(int node) {
        return kind(node) == DIRECTORY;
    }

    public boolean isFile(int node) {
        return kind(node) == FILE;
    }

    public boolean isWhiteout(int node) {
        return kind(node) == WHITEOUT;
    }

    /** Type of a node that is no whiteout. */
    public NodeType type(int node) {
        return TYPES.get(kind(node));
    }

    /** The kind for a type. */
    public static int kindOf(NodeType type) {
        return TYPES.indexOf(type);
    }

    /**
     * When the node was put into its layer, as against the others: a larger number is later. A directory counts from when
     * somebody said what it is, one that is only passed through from when it was first needed.
     */
    public int order(int node) {
        return isFile(node) ? first(node) : (int) tail(node);
    }

    /** Kept where nodes of that kind have nothing else. */
    void setOrder(int node, int order) {
        if (isFile(node)) {
            setInt(node, FIRST, order);
        } else {
            setLong(node, TAIL, order);
        }
    }

    /** The {@link #order} of the name of which this further name of one node was made; 0 of a first name. */
    public int madeOf(int linked) {
        return getInt(linked, isFile(linked) ? SECOND : MADE_OF);
    }

    void setMadeOf(int linked, int order) {
        setInt(linked, isFile(linked) ? SECOND : MADE_OF, order);
    }

    /** When a directory was made {@link #OPAQUE}, in terms of {@link #order}. */
    public int hidingOrder(int directory) {
        return (int) data(directory);
    }

    void setHidingOrder(int directory, int order) {
        setLong(directory, DATA, order);
    }

    /** Whether all bits of {@code flag} are set. */
    public boolean has(int node, int flag) {
        return (records[at(node) + FLAGS] & flag) == flag;
    }

    void set(int node, int flag, boolean on) {
        int flags = records[at(node) + FLAGS];
        records[at(node) + FLAGS] = (byte) (on ? flags | flag : flags & ~flag);
    }

    /** The name as text. */
    public String name(int node) {
        return Names.decode(heap, getInt(node, NAME), nameLength(node));
    }

    /** The name as bytes. */
    public byte[] nameBytes(int node) {
        int start = getInt(node, NAME);
        return Arrays.copyOfRange(heap, start, start + nameLength(node));
    }

    /** Length of the name in bytes. */
    public int nameLength(int node) {
        return Byte.toUnsignedInt(records[at(node) + NAME_LENGTH]);
    }

    int compareName(int node, byte[] name) {
        int start = getInt(node, NAME);
        return Arrays.compareUnsigned(heap, start, start + nameLength(node), name, 0, name.length);
    }

    int compareNames(int node, NodeTable other, int otherNode) {
        int a = getInt(node, NAME);
        int b = other.getInt(otherNode, NAME);
        return Arrays.compareUnsigned(heap, a, a + nameLength(node), other.heap, b, b + other.nameLength(otherNode));
    }

    public int mode(int node) {
        return getInt(node, MODE);
    }

    public int uid(int node) {
        return getInt(node, UID);
    }

    public int gid(int node) {
        return getInt(node, GID);
    }

    public long mtimeNanos(int node) {
        return getLong(node, MTIME);
    }

    public long size(int node) {
        return getLong(node, SIZE);
    }

    void setSize(int node, long size) {
        setLong(node, SIZE, size);
    }

    int first(int node) {
        return getInt(node, FIRST);
    }

    int second(int node) {
        return getInt(node, SECOND);
    }

    void setPair(int node, int first, int second) {
        setInt(node, FIRST, first);
        setInt(node, SECOND, second);
    }

    /** Major number of a device. */
    public int deviceMajor(int node) {
        return isDevice(node) ? first(node) : 0;
    }

    /** Minor number of a device. */
    public int deviceMinor(int node) {
        return isDevice(node) ? second(node) : 0;
    }

    private boolean isDevice(int node) {
        int kind = kind(node);
        return kind == CHAR_DEVICE || kind == BLOCK_DEVICE;
    }

    /** Where the whole blocks of a file lie, as a byte offset into the image. */
    public long data(int node) {
        return getLong(node, DATA);
    }

    /** Where the bytes after the whole blocks lie, as a byte offset into the image; 0 if they follow the blocks. */
    public long tail(int node) {
        return getLong(node, TAIL);
    }

    /** Which inode of the layer the node is; 0 if none was assigned yet. */
    public long inode(int node) {
        return getLong(node, INODE);
    }

    /** Says which inode the node is. */
    public void setInode(int node, long inode) {
        setLong(node, INODE, inode);
    }

    void setPlace(int node, long data, long tail, long inode) {
        setLong(node, DATA, data);
        setLong(node, TAIL, tail);
        setLong(node, INODE, inode);
    }

    /** Digest of the content of a file. */
    public Digest digest(int node) {
        int start = at(node) + DIGEST;
        return Digest.ofRaw(Arrays.copyOfRange(records, start, start + Digest.LENGTH));
    }

    void copyDigest(int node, byte[] into, int offset) {
        System.arraycopy(records, at(node) + DIGEST, into, offset, Digest.LENGTH);
    }

    void setDigest(int node, byte[] digest) {
        System.arraycopy(digest, 0, records, at(node) + DIGEST, Digest.LENGTH);
    }

    /** Target of a symbolic link, as bytes. */
    public byte[] target(int node) {
        int start = (int) data(node);
        return Arrays.copyOfRange(heap, start, start + (int) size(node));
    }

    void setTarget(int node, byte[] target) throws IOException {
        setLong(node, DATA, store(target, 0, target.length));
        setSize(node, target.length);
    }

    void setAttributes(int node, Attributes attributes) throws IOException {
        setInt(node, MODE, attributes.mode());
        setInt(node, UID, attributes.uid());
        setInt(node, GID, attributes.gid());
        setLong(node, MTIME, attributes.mtimeNanos());
        byte[] encoded = XattrCodec.encode(attributes.xattrs());
        setInt(node, XATTRS, encoded.length == 0 ? 0 : store(encoded, 0, encoded.length));
    }

    /** Whether the node has extended attributes. */
    public boolean hasXattrs(int node) {
        return getInt(node, XATTRS) != 0;
    }

    /** The extended attributes by name. */
    public Map<String, byte[]> xattrs(int node) {
        int start = getInt(node, XATTRS);
        return start == 0 ? Map.of() : XattrCodec.decode(heap, start);
    }

    /** Metadata of a node. */
    public Attributes attributes(int node) {
        return new Attributes(mode(node), uid(node), gid(node), mtimeNanos(node), xattrs(node));
    }

    /** The node as callers of a tree see it. */
    public Node node(int node, String path) {
        NodeType type = type(node);
        return new Node(
                path,
                type,
                attributes(node),
                type == NodeType.DIRECTORY ? 0 : size(node),
                type == NodeType.SYMLINK ? Optional.of(targetText(node)) : Optional.empty(),
                type == NodeType.FILE ? Optional.of(digest(node)) : Optional.empty(),
                deviceMajor(node),
                deviceMinor(node));
    }

    /** Target of a symbolic link, as text. */
    public String targetText(int node) {
        return Names.decode(heap, (int) data(node), (int) size(node));
    }

    /** Makes the node a fresh one of another kind, keeping its name. */
    void reset(int node, int kind) {
        int start = at(node);
        Arrays.fill(records, start + FLAGS, start + RECORD, (byte) 0);
        setKind(node, kind);
    }

    /** Takes over everything but name and children of a node of another table. */
    void copyFrom(int node, NodeTable source, int from) throws IOException {
        int name = getInt(node, NAME);
        byte length = records[at(node) + NAME_LENGTH];
        System.arraycopy(source.records, at(from), records, at(node), RECORD);
        setInt(node, NAME, name);
        records[at(node) + NAME_LENGTH] = length;
        if (source != this) {
            if (source.kind(from) == SYMLINK) {
                setTarget(node, source.target(from));
            }
            if (source.hasXattrs(from)) {
                int start = source.getInt(from, XATTRS);
                setInt(node, XATTRS, store(source.heap, start, XattrCodec.length(source.heap, start)));
            }
        }
    }
}
