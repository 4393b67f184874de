package org.buildengine.solver.evidence;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Tree;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of the files that a step brings from outside, so that what changed can be named when they are gone: the beginnings of
 * digests, of the directories near the root first, as many as have room. Of a directory that has not enough there is one digest for all
 * that is in it.
 */
record TreeSketch(List<Entry> entries) {
    /** So many bytes a sketch takes at most, so that the evidence of the step has less than a kilobyte. */
    private static final int MOST_BYTES = 600;

    /** Of an entry, besides its name. */
    private static final int ENTRY_BYTES = 13;

    private static final int PRINT_BYTES = 6;

    /** What an entry is. Codes are part of the format on disk. */
    enum Type {
        FILE,
        /** Its entries follow. */
        DIRECTORY,
        /** All of it has one digest. */
        CLOSED,
        /** A link, or something special. */
        OTHER
    }

    /**
     * One node.
     *
     * @param print the first six bytes of a digest of its content
     * @param attributes two bytes of a digest of its mode, owner and extended attributes
     * @param children of a directory that is not closed
     */
    record Entry(String name, Type type, long print, int attributes, List<Entry> children) {
        private boolean isDirectory() {
            return type == Type.DIRECTORY || type == Type.CLOSED;
        }
    }

    /** A sketch of a tree; empty if not even its root has room. */
    static Optional<TreeSketch> of(Tree tree) throws IOException {
        int left = MOST_BYTES;
        Map<String, List<Node>> open = new HashMap<>();
        Deque<String> directories = new ArrayDeque<>(List.of(""));
        while (!directories.isEmpty()) {
            String directory = directories.remove();
            List<Node> children = tree.list(directory);
            long bytes = children.stream()
                    .mapToLong(node -> ENTRY_BYTES + bytes(node))
                    .sum();
            if (bytes <= left) {
                left -= (int) bytes;
                open.put(directory, children);
                children.stream().filter(Node::isDirectory).map(Node::path).forEach(directories::add);
            }
        }
        return open.containsKey("") ? Optional.of(new TreeSketch(entries("", tree, open))) : Optional.empty();
    }

    private static int bytes(Node node) {
        return node.name().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    }

    private static List<Entry> entries(String directory, Tree tree, Map<String, List<Node>> open) throws IOException {
        var entries = new ArrayList<Entry>();
        for (Node node : open.getOrDefault(directory, List.of())) {
            Type type = type(node, open);
            entries.add(new Entry(
                    node.name(),
                    type,
                    print(node, type, tree),
                    attributes(node),
                    type == Type.DIRECTORY ? entries(node.path(), tree, open) : List.of()));
        }
        return entries;
    }

    private static Type type(Node node, Map<String, List<Node>> open) {
        return switch (node.type()) {
            case FILE -> Type.FILE;
            case DIRECTORY -> open.containsKey(node.path()) ? Type.DIRECTORY : Type.CLOSED;
            default -> Type.OTHER;
        };
    }

    private static long print(Node node, Type type, Tree tree) throws IOException {
        return switch (type) {
            case FILE -> print(node.content().orElseGet(() -> Digest.of("")));
            case DIRECTORY -> 0;
            case CLOSED -> print(tree.digest(node.path(), PathFilter.ALL));
            case OTHER ->
                print(Digest.of(node.type() + " " + node.linkTarget().orElse("") + " " + node.deviceMajor() + " "
                        + node.deviceMinor()));
        };
    }

    private static long print(Digest digest) {
        return ByteBuffer.wrap(digest.toBytes()).getLong() >>> (Long.SIZE - PRINT_BYTES * Byte.SIZE);
    }

    private static int attributes(Node node) {
        String xattrs = new TreeMap<>(node.attributes().xattrs())
                .entrySet().stream()
                        .map(entry -> entry.getKey() + " " + Digest.of(entry.getValue()))
                        .collect(Collectors.joining(" "));
        String all = node.attributes().mode() + " " + node.attributes().uid() + " "
                + node.attributes().gid() + " " + xattrs;
        return ByteBuffer.wrap(Digest.of(all).toBytes()).getShort();
    }

    /**
     * What differs in a later tree.
     *
     * @param seen the paths that are of interest; others are named if nothing differs in these
     */
    TreeComparison.Result compare(Tree later, Predicate<String> seen) throws IOException {
        var changes = new ArrayList<FileChange>();
        compare("", entries, later, changes);
        return TreeComparison.chosen(changes, seen);
    }

    /** What differs in a later tree of which there is a sketch only, as far as both say; {@code seen} as above. */
    TreeComparison.Result compare(TreeSketch later, Predicate<String> seen) {
        var changes = new ArrayList<FileChange>();
        compare("/", entries, later.entries, changes);
        return TreeComparison.chosen(changes, seen);
    }

    private static void compare(String directory, List<Entry> before, List<Entry> later, List<FileChange> changes) {
        Map<String, Entry> after = new LinkedHashMap<>();
        later.forEach(entry -> after.put(entry.name(), entry));
        for (Entry entry : before) {
            @Nullable Entry now = after.remove(entry.name());
            if (now == null) {
                changes.add(new FileChange(directory + entry.name(), text(entry), ""));
            } else {
                compare(directory + entry.name(), entry, now, changes);
            }
        }
        after.values().forEach(entry -> changes.add(new FileChange(directory + entry.name(), "", text(entry))));
    }

    private static void compare(String path, Entry before, Entry after, List<FileChange> changes) {
        boolean opened = before.isDirectory() && after.isDirectory() && before.type() != after.type();
        if (opened) {
            return; // of one of them it is not known what is in it
        }
        if (before.type() != after.type() || before.print() != after.print()) {
            changes.add(new FileChange(path, text(before), text(after)));
        } else if (before.type() != Type.CLOSED && before.attributes() != after.attributes()) {
            changes.add(new FileChange(path, "another mode or owner", "this mode and owner"));
        }
        if (before.type() == Type.DIRECTORY && after.type() == Type.DIRECTORY) {
            compare(path + "/", before.children(), after.children(), changes);
        }
    }

    private static void compare(String directory, List<Entry> before, Tree later, List<FileChange> changes)
            throws IOException {
        Map<String, Node> after = new LinkedHashMap<>();
        later.list(directory).forEach(node -> after.put(node.name(), node));
        for (Entry entry : before) {
            @Nullable Node node = after.remove(entry.name());
            if (node == null) {
                changes.add(new FileChange(
                        "/" + (directory.isEmpty() ? "" : directory + "/") + entry.name(), text(entry), ""));
            } else {
                compare(entry, node, later, changes);
            }
        }
        after.values().forEach(node -> changes.add(new FileChange("/" + node.path(), "", TreeComparison.text(node))));
    }

    private static void compare(Entry entry, Node node, Tree later, List<FileChange> changes) throws IOException {
        boolean directories = node.isDirectory() && entry.isDirectory();
        Type type = directories ? entry.type() : type(node, Map.of());
        long print = print(node, type, later);
        if (type != entry.type() || print != entry.print()) {
            String now = directories ? text(new Entry("", type, print, 0, List.of())) : TreeComparison.text(node);
            changes.add(new FileChange("/" + node.path(), text(entry), now));
        } else if (type != Type.CLOSED && entry.attributes() != attributes(node)) {
            changes.add(new FileChange("/" + node.path(), "another mode or owner", TreeComparison.attributes(node)));
        }
        if (type == Type.DIRECTORY) {
            compare(node.path(), entry.children(), later, changes);
        }
    }

    private static String text(Entry entry) {
        String digest = "sha256 " + java.util.HexFormat.of().toHexDigits(entry.print(), 2 * PRINT_BYTES);
        return switch (entry.type()) {
            case FILE -> digest;
            case DIRECTORY -> "directory";
            case CLOSED -> "directory, " + digest;
            case OTHER -> "link or special file";
        };
    }

    static void write(Optional<TreeSketch> sketch, DataOutputStream out) throws IOException {
        out.writeBoolean(sketch.isPresent());
        if (sketch.isPresent()) {
            write(sketch.get().entries(), out);
        }
    }

    private static void write(List<Entry> entries, DataOutputStream out) throws IOException {
        Codes.writeCount(entries.size(), out);
        for (Entry entry : entries) {
            out.writeUTF(entry.name());
            Codes.write(entry.type(), out);
            out.writeShort((int) (entry.print() >>> Integer.SIZE));
            out.writeInt((int) entry.print());
            out.writeShort(entry.attributes());
            if (entry.type() == Type.DIRECTORY) {
                write(entry.children(), out);
            }
        }
    }

    static Optional<TreeSketch> read(DataInputStream in) throws IOException {
        return in.readBoolean() ? Optional.of(new TreeSketch(entries(in))) : Optional.empty();
    }

    private static List<Entry> entries(DataInputStream in) throws IOException {
        var entries = new ArrayList<Entry>();
        for (int left = Codes.readCount(in); left > 0; left--) {
            String name = in.readUTF();
            Type type = Codes.read(Type.values(), in);
            long print = ((long) in.readUnsignedShort() << Integer.SIZE) | Integer.toUnsignedLong(in.readInt());
            int attributes = in.readShort();
            entries.add(new Entry(name, type, print, attributes, type == Type.DIRECTORY ? entries(in) : List.of()));
        }
        return entries;
    }
}
