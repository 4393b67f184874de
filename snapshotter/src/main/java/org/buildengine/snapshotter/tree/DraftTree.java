package org.buildengine.snapshotter.tree;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.TreeException;

/**
 * A layer being filled, in any order. A name keeps its record when its node is replaced, and children of a directory
 * that was replaced stay behind marked as dropped. Not safe for use by several threads: the owner has a lock.
 */
public final class DraftTree implements LayerView {
    private final NodeTable table = new NodeTable(16);

    /** First children of replaced directories, which keep their records in case that it becomes one again. */
    private final Map<Integer, Integer> formerChildren = new HashMap<>();

    private final ChildNames names = new ChildNames(table);
    private int[] next = new int[16];
    private long lateInodes;
    private int clock;

    /** Where something was put last, since what comes next mostly lies there too; forgotten when a directory may be gone. */
    private List<String> lastPath = List.of();

    private int lastDirectory = ROOT;

    /** A draft that holds root's directory with mode 0755, which is only passed through so far. */
    public DraftTree() {
        try {
            table.append(new byte[0], NodeTable.DIRECTORY);
            table.setAttributes(ROOT, Attributes.ofMode(0755));
            table.set(ROOT, NodeTable.TRANSIT, true);
        } catch (IOException e) {
            throw new AssertionError("the first node always fits", e);
        }
        table.setPair(ROOT, NONE, 0);
    }

    @Override
    public NodeTable table() {
        return table;
    }

    @Override
    public int child(int directory, byte[] name) {
        int node = names.node(directory, name);
        return node == NONE || table.has(node, NodeTable.REMOVED) ? NONE : node;
    }

    @Override
    public int[] children(int directory) {
        int count = 0;
        for (int node = table.first(directory); node != NONE; node = next[node]) {
            count += table.has(node, NodeTable.REMOVED) ? 0 : 1;
        }
        int[] children = new int[count];
        int at = count;
        boolean sorted = true;
        for (int node = table.first(directory); node != NONE; node = next[node]) {
            if (!table.has(node, NodeTable.REMOVED)) {
                children[--at] = node;
                sorted = sorted && (at + 1 == count || table.compareNames(node, table, children[at + 1]) < 0);
            }
        }
        return sorted ? children : sort(directory, children);
    }

    private int[] sort(int directory, int[] children) {
        Integer[] boxed = new Integer[children.length];
        Arrays.setAll(boxed, i -> children[i]);
        Arrays.sort(boxed, (a, b) -> table.compareNames(a, table, b));
        int[] sorted = Arrays.stream(boxed).mapToInt(Integer::intValue).toArray();
        chain(directory, sorted);
        return sorted;
    }

    /** Makes the chain of a directory's children go from the last of {@code sorted} to the first, dropped ones after them. */
    private void chain(int directory, int[] sorted) {
        int rest = NONE;
        for (int node = table.first(directory); node != NONE; ) {
            int after = next[node];
            if (table.has(node, NodeTable.REMOVED)) {
                next[node] = rest;
                rest = node;
            }
            node = after;
        }
        for (int node : sorted) {
            next[node] = rest;
            rest = node;
        }
        table.setPair(directory, rest, 0);
    }

    /** The node at clean elements, or {@link LayerView#NONE}. */
    public int find(List<String> elements) {
        int node = ROOT;
        for (String element : elements) {
            if (!table.isDirectory(node)) {
                return NONE;
            }
            node = child(node, Names.encode(element));
            if (node == NONE) {
                return NONE;
            }
        }
        return node;
    }

    /** Whether the layer holds nothing but a root of which nobody said anything. */
    public boolean isPristine() {
        return children(ROOT).length == 0 && !table.has(ROOT, NodeTable.OPAQUE) && table.has(ROOT, NodeTable.TRANSIT);
    }

    /**
     * Puts a node, with its parents. A directory over a directory keeps its children.
     *
     * @throws TreeException if something that is no directory stands on the way or the root would not stay one
     */
    public int put(List<String> elements, int kind) throws IOException {
        if (elements.isEmpty()) {
            if (kind != NodeTable.DIRECTORY) {
                throw new TreeException(TreeException.Code.IS_A_DIRECTORY, "/");
            }
            return ROOT;
        }
        int directory = passThrough(elements.subList(0, elements.size() - 1));
        return putChild(directory, Names.encode(elements.getLast()), kind);
    }

    /** Puts a node into a directory that is there. */
    public int put(int directory, String name, int kind) throws IOException {
        return putChild(directory, Names.encode(name), kind);
    }

    /**
     * Finds a directory or makes it, with its parents, as one that the layer only passes through.
     *
     * @throws TreeException if something that is no directory stands there or on the way
     */
    public int passThrough(List<String> elements) throws IOException {
        if (elements.equals(lastPath)) {
            return lastDirectory;
        }
        int directory = ROOT;
        for (int i = 0; i < elements.size(); i++) {
            directory = parentDirectory(elements, i, directory);
        }
        lastPath = List.copyOf(elements);
        lastDirectory = directory;
        return directory;
    }

    private void forgetLast() {
        lastPath = List.of();
        lastDirectory = ROOT;
    }

    /**
     * Whether {@link #put} would succeed, without doing it.
     *
     * @throws TreeException as {@link #put} would
     */
    public void checkPlace(List<String> elements, int kind) throws TreeException {
        if (elements.isEmpty() && kind != NodeTable.DIRECTORY) {
            throw new TreeException(TreeException.Code.IS_A_DIRECTORY, "/");
        }
        if (elements.isEmpty() || elements.subList(0, elements.size() - 1).equals(lastPath)) {
            return;
        }
        int directory = ROOT;
        for (int i = 0; i < elements.size() - 1; i++) {
            directory = child(directory, Names.encode(elements.get(i)));
            if (directory == NONE || table.isWhiteout(directory)) {
                return;
            }
            if (!table.isDirectory(directory)) {
                throw new TreeException(
                        TreeException.Code.NOT_A_DIRECTORY, String.join("/", elements.subList(0, i + 1)));
            }
        }
    }

    private int parentDirectory(List<String> elements, int depth, int directory) throws IOException {
        byte[] name = Names.encode(elements.get(depth));
        int child = child(directory, name);
        if (child == NONE || table.isWhiteout(child)) {
            child = putChild(directory, name, NodeTable.DIRECTORY);
            table.setAttributes(child, Attributes.ofMode(0755));
            // over a whiteout it is a new directory, whatever lies below
            table.set(child, NodeTable.TRANSIT, !table.has(child, NodeTable.OPAQUE));
        } else if (!table.isDirectory(child)) {
            String path = String.join("/", elements.subList(0, depth + 1));
            throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, path);
        }
        return child;
    }

    private int putChild(int directory, byte[] name, int kind) throws IOException {
        int node = names.node(directory, name);
        if (node == NONE) {
            return append(directory, name, kind);
        }
        boolean staysDirectory =
                table.isDirectory(node) && kind == NodeTable.DIRECTORY && !table.has(node, NodeTable.REMOVED);
        if (staysDirectory) {
            return node;
        }
        // whatever was here took the place of a directory below, whose contents do not come back
        boolean hidesBelow = !table.isDirectory(node) && !table.has(node, NodeTable.REMOVED);
        boolean inTurn = hidesBelow && !table.isWhiteout(node);
        forgetLast();
        dropChildren(node);
        int first = childChain(node);
        int before = table.order(node);
        table.reset(node, kind);
        table.setOrder(node, ++clock);
        if (kind == NodeTable.DIRECTORY) {
            table.setPair(node, first, 0);
            if (hidesBelow) {
                replacing(node);
                table.setHidingOrder(node, before);
                table.set(node, NodeTable.IN_TURN, inTurn);
            }
        } else {
            chains(node, first);
        }
        return node;
    }

    private int childChain(int node) {
        Integer former = formerChildren.remove(node);
        if (former != null) {
            return former;
        }
        return table.isDirectory(node) ? table.first(node) : NONE;
    }

    private void chains(int node, int first) {
        if (first != NONE) {
            formerChildren.put(node, first);
        }
    }

    private int append(int directory, byte[] name, int kind) throws IOException {
        int node = table.append(name, kind);
        table.setOrder(node, ++clock);
        if (node == next.length) {
            next = Arrays.copyOf(next, 2 * node);
        }
        next[node] = table.first(directory);
        table.setPair(directory, node, 0);
        if (kind == NodeTable.DIRECTORY) {
            table.setPair(node, NONE, 0);
        }
        names.add(directory, node, name);
        return node;
    }

    /** Drops a node and everything below it. The root cannot be dropped, only emptied. */
    public void remove(int node) {
        forgetLast();
        dropChildren(node);
        if (node != ROOT) {
            table.set(node, NodeTable.REMOVED, true);
        }
    }

    private void dropChildren(int node) {
        if (table.isDirectory(node)) {
            for (int child = table.first(node); child != NONE; child = next[child]) {
                if (!table.has(child, NodeTable.REMOVED)) {
                    remove(child);
                }
            }
        }
    }

    /** Sets the metadata of a node; a directory is no longer one that is only passed through or copied. */
    public void attributes(int node, Attributes attributes) throws IOException {
        table.setAttributes(node, attributes);
        if (table.has(node, NodeTable.TRANSIT)) {
            table.setOrder(node, ++clock);
        }
        table.set(node, NodeTable.TRANSIT, false);
        table.set(node, NodeTable.COPIED, false);
    }

    /** Says that a directory has the attributes that it has below the layer. */
    public void copied(int directory) {
        table.set(directory, NodeTable.COPIED, true);
    }

    /** Sets the target of a symbolic link. */
    public void target(int node, String target) throws IOException {
        table.setTarget(node, Names.encode(target));
    }

    /** Sets the numbers of a device. */
    public void device(int node, int major, int minor) {
        table.setPair(node, major, minor);
    }

    /** The extended attributes with which a directory is kept on disk: its own and those that overlay wants. */
    public Map<String, byte[]> xattrsOnDisk(int directory) {
        boolean opaque = table.has(directory, NodeTable.OPAQUE);
        boolean hides = hidesNames(directory);
        if (!opaque && !hides) {
            return table.xattrs(directory);
        }
        var xattrs = new TreeMap<>(table.xattrs(directory));
        if (opaque) {
            xattrs.put(OverlayXattrs.OPAQUE, new byte[] {'y'});
        }
        if (hides) {
            xattrs.put(OverlayXattrs.ORIGIN, new byte[0]);
        }
        return xattrs;
    }

    private boolean hidesNames(int directory) {
        for (int node = table.first(directory); node != NONE; node = next[node]) {
            if (table.isWhiteout(node) && !table.has(node, NodeTable.REMOVED)) {
                return true;
            }
        }
        return false;
    }

    /** Makes a directory hide what lies below. */
    public void opaque(int node) {
        if (!table.has(node, NodeTable.IN_TURN)) {
            table.set(node, NodeTable.OPAQUE, true);
            table.setHidingOrder(node, ++clock);
        } // else hides all of it already, and a later turn would be one after what was put into it
    }

    /** Makes a directory one that took the place of whatever lies below under its name. */
    public void replacing(int node) {
        opaque(node);
        table.set(node, NodeTable.REPLACING, true);
    }

    /** Makes a directory show again what lies below. */
    public void transparent(int node) {
        table.set(node, NodeTable.OPAQUE, false);
        table.set(node, NodeTable.REPLACING, false);
        table.set(node, NodeTable.IN_TURN, false);
    }

    /** Puts a whiteout into a directory. */
    public void whiteout(int directory, byte[] name) throws IOException {
        table.setAttributes(putChild(directory, name, NodeTable.WHITEOUT), Attributes.ofMode(0));
    }

    /** Says how long a file is going to be. */
    public void size(int node, long size) {
        table.setSize(node, size);
    }

    /** Says where the bytes of a file are, and their digest. */
    public void content(int node, byte[] digest, long data, long tail, long inode) {
        table.setDigest(node, digest);
        table.setPlace(node, data, tail, inode);
    }

    /** Makes {@code node}, just put, what a node of another table is, flags and digest included; it has no children yet. */
    void copy(int node, NodeTable source, int from) throws IOException {
        table.copyFrom(node, source, from);
        if (table.isDirectory(node)) {
            table.setPair(node, NONE, 0);
        }
    }

    /** Makes {@code node}, just put, another name of {@code existing}. */
    public void link(int node, int existing) throws IOException {
        if (table.inode(existing) == 0) {
            table.setInode(existing, --lateInodes);
        }
        table.set(existing, NodeTable.LINKED, true);
        table.copyFrom(node, table, existing);
        table.setMadeOf(node, table.order(existing));
        table.setOrder(node, ++clock);
    }
}
