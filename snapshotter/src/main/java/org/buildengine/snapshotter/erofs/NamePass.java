package org.buildengine.snapshotter.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * The last pass over the nodes of an image. First everything but files and directories gets its inode; then the
 * directories are laid out, breadth first, inodes and small contents together, whole blocks behind them; then they are
 * written, since a directory holds the numbers of its children.
 */
final class NamePass {
    private static final int DIRENT = 12;
    private static final byte[] DOT = {'.'};
    private static final byte[] DOTS = {'.', '.'};

    private final ErofsWriter image;
    private final DraftTree draft;
    private final NodeTable table;
    private final Map<Long, Integer> linkCounts = new HashMap<>();
    private final Map<Long, Long> lateInodes = new HashMap<>();
    private IntList directories = new IntList();
    private IntList parents = new IntList();
    private byte[] rootBlock = new byte[Inode.BLOCK];

    NamePass(ErofsWriter image, DraftTree draft) {
        this.image = image;
        this.draft = draft;
        this.table = draft.table();
    }

    byte[] rootBlock() {
        return rootBlock;
    }

    void run() throws IOException {
        placeLeaves();
        image.endRun();
        layOut();
        patchLinks();
    }

    private void placeLeaves() throws IOException {
        directories.add(LayerView.ROOT);
        parents.add(LayerView.ROOT);
        for (int i = 0; i < directories.size(); i++) {
            for (int child : draft.children(directories.get(i))) {
                if (table.isDirectory(child)) {
                    directories.add(child);
                    parents.add(directories.get(i));
                } else {
                    placeLeaf(child);
                }
            }
        }
    }

    private void placeLeaf(int node) throws IOException {
        boolean linked = table.has(node, NodeTable.LINKED);
        if (!table.isFile(node)) {
            long late = table.inode(node);
            Long known = linked ? lateInodes.get(late) : null;
            long inode = known == null ? placeNode(node) : known;
            if (linked) {
                lateInodes.put(late, inode);
            }
            table.setInode(node, inode);
        }
        if (linked) {
            linkCounts.merge(table.inode(node), 1, Integer::sum);
        }
    }

    private long placeNode(int node) throws IOException {
        if (table.isWhiteout(node)) {
            return image.placeSmall(NodeType.CHAR_DEVICE, Attributes.ofMode(0), new byte[0], 0);
        }
        NodeType type = table.type(node);
        Attributes attributes = table.attributes(node);
        if (type == NodeType.SYMLINK) {
            return image.placeSmall(type, attributes.withMode(0777), table.target(node), 0);
        }
        int device = Inode.device(table.deviceMajor(node), table.deviceMinor(node));
        return image.placeSmall(type, attributes, new byte[0], device);
    }

    private void patchLinks() throws IOException {
        for (var entry : linkCounts.entrySet()) {
            if (entry.getValue() > 1) {
                byte[] count = ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(entry.getValue())
                        .array();
                image.write(entry.getKey() * Inode.SLOT + Inode.LINKS_OFFSET, count, 0, count.length);
            }
        }
    }

    private void layOut() throws IOException {
        int count = directories.size();
        int[] sizes = new int[count];
        long start = image.end() * Inode.BLOCK;
        long at = start;
        long wholeBlocks = 0;
        for (int i = 0; i < count; i++) {
            int directory = directories.get(i);
            sizes[i] = contentSize(directory);
            int xattrs = xattrs(directory).length;
            int needed = Inode.LENGTH + xattrs + inlineLength(directory, sizes[i], xattrs);
            if (directory == LayerView.ROOT) {
                table.setInode(directory, Superblock.ROOT / Inode.SLOT);
            } else {
                long block = at / Inode.BLOCK * Inode.BLOCK;
                at = block + ErofsWriter.slot((int) (at - block), needed);
                table.setInode(directory, at / Inode.SLOT);
                at += needed;
            }
            wholeBlocks += wholeBlocks(directory, sizes[i], xattrs);
        }
        long inodeBlocks = Inode.align(at - start, (long) Inode.BLOCK) / Inode.BLOCK;
        long firstBlock = image.reserve(inodeBlocks + wholeBlocks) + inodeBlocks;
        writeDirectories(sizes, start, firstBlock);
    }

    private void writeDirectories(int[] sizes, long start, long firstBlock) throws IOException {
        var inodes = new BlockOutput(image, start);
        var blocks = new BlockOutput(image, firstBlock * Inode.BLOCK);
        long nextBlock = firstBlock;
        for (int i = 0; i < sizes.length; i++) {
            int directory = directories.get(i);
            byte[] content = content(directory, parents.get(i), sizes[i]);
            byte[] xattrs = xattrs(directory);
            int inline = inlineLength(directory, sizes[i], xattrs.length);
            int whole = wholeBlocks(directory, sizes[i], xattrs.length);
            byte[] inode = Inode.encode(
                    NodeType.DIRECTORY,
                    table.attributes(directory),
                    xattrs,
                    sizes[i],
                    whole == 0 ? Inode.NO_BLOCK : (int) nextBlock,
                    inline > 0,
                    image.number(),
                    links(directory));
            if (whole > 0) {
                blocks.seek(nextBlock * Inode.BLOCK);
                blocks.write(content, 0, sizes[i] - inline);
                nextBlock += whole;
            }
            if (directory == LayerView.ROOT) {
                System.arraycopy(inode, 0, rootBlock, Superblock.ROOT, inode.length);
                System.arraycopy(content, sizes[i] - inline, rootBlock, Superblock.ROOT + inode.length, inline);
            } else {
                inodes.seek(table.inode(directory) * Inode.SLOT);
                inodes.write(inode, 0, inode.length);
                inodes.write(content, sizes[i] - inline, inline);
            }
        }
        inodes.flush();
        blocks.flush();
    }

    private byte[] xattrs(int directory) throws IOException {
        byte[] xattrs = Inode.encodeXattrs(draft.xattrsOnDisk(directory));
        if (directory == LayerView.ROOT && xattrs.length > room(directory)) {
            throw new IOException("extended attributes of the root take more than " + room(directory) + " bytes");
        }
        return xattrs;
    }

    private static int room(int directory) {
        return Inode.BLOCK - Inode.LENGTH - (directory == LayerView.ROOT ? Superblock.ROOT : 0);
    }

    private static int inlineLength(int directory, int size, int xattrs) {
        int rest = size % Inode.BLOCK;
        return xattrs + rest <= room(directory) ? rest : 0;
    }

    private static int wholeBlocks(int directory, int size, int xattrs) {
        int stored = size - inlineLength(directory, size, xattrs);
        return (stored + Inode.BLOCK - 1) / Inode.BLOCK;
    }

    private int links(int directory) {
        int links = 2;
        for (int child : draft.children(directory)) {
            links += table.isDirectory(child) ? 1 : 0;
        }
        return links;
    }

    /** Bytes of a directory's content: blocks of heads, then names; the last one is cut after its last name. */
    private int contentSize(int directory) throws IOException {
        return layEntries(directory, directory, new byte[0]);
    }

    private byte[] content(int directory, int parent, int size) throws IOException {
        byte[] content = new byte[size];
        layEntries(directory, parent, content);
        return content;
    }

    /** Lays out the entries; into an empty array it only measures. */
    private int layEntries(int directory, int parent, byte[] into) throws IOException {
        int[] children = draft.children(directory);
        var entries = new Entries(directory, parent, children);
        int block = 0;
        int from = 0;
        while (from < entries.size()) {
            int used = 0;
            int to = from;
            while (to < entries.size() && used + DIRENT + entries.nameLength(to) <= Inode.BLOCK) {
                used += DIRENT + entries.nameLength(to++);
            }
            if (into.length > 0) {
                fill(entries, from, to, ByteBuffer.wrap(into).order(ByteOrder.LITTLE_ENDIAN), block);
            }
            from = to;
            if ((long) block + 2L * Inode.BLOCK > Integer.MAX_VALUE) {
                throw new IOException("a directory holds at most 2 GiB of names");
            }
            block += from < entries.size() ? Inode.BLOCK : used;
        }
        return block;
    }

    private static void fill(Entries entries, int from, int to, ByteBuffer into, int block) {
        int nameOffset = DIRENT * (to - from);
        for (int i = from; i < to; i++) {
            int head = block + DIRENT * (i - from);
            byte[] name = entries.name(i);
            into.putLong(head, entries.inode(i));
            into.putShort(head + 8, (short) nameOffset);
            into.put(head + 10, (byte) entries.type(i));
            into.put(block + nameOffset, name);
            nameOffset += name.length;
        }
    }

    /** The children with {@code .} and {@code ..} at their places in the order of bytes. */
    private final class Entries {
        private static final int SELF = -1;
        private static final int PARENT = -2;
        private final int directory;
        private final int parent;
        private final int[] nodes;

        Entries(int directory, int parent, int[] children) {
            this.directory = directory;
            this.parent = parent;
            this.nodes = new int[children.length + 2];
            int at = 0;
            int next = 0;
            for (int own : new int[] {SELF, PARENT}) {
                byte[] name = own == SELF ? DOT : DOTS;
                while (next < children.length && compare(table.nameBytes(children[next]), name) < 0) {
                    nodes[at++] = children[next++];
                }
                nodes[at++] = own;
            }
            System.arraycopy(children, next, nodes, at, children.length - next);
        }

        private static int compare(byte[] a, byte[] b) {
            return java.util.Arrays.compareUnsigned(a, b);
        }

        int size() {
            return nodes.length;
        }

        int nameLength(int i) {
            return nodes[i] < 0 ? -nodes[i] : table.nameLength(nodes[i]);
        }

        byte[] name(int i) {
            return switch (nodes[i]) {
                case SELF -> DOT;
                case PARENT -> DOTS;
                default -> table.nameBytes(nodes[i]);
            };
        }

        long inode(int i) {
            return switch (nodes[i]) {
                case SELF -> table.inode(directory);
                case PARENT -> table.inode(parent);
                default -> table.inode(nodes[i]);
            };
        }

        int type(int i) {
            if (nodes[i] < 0) {
                return Inode.direntType(NodeType.DIRECTORY);
            }
            boolean whiteout = table.isWhiteout(nodes[i]);
            return Inode.direntType(whiteout ? NodeType.CHAR_DEVICE : table.type(nodes[i]));
        }
    }
}
