package org.buildengine.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DirectoryScan;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;

/**
 * All that there is to know of a tree: a line for each node, by path. Trees that are equal in everything
 * have equal listings, wherever they were read.
 */
public final class Listing {
    private final boolean directoryTimes;
    private final Map<String, String> lines = new TreeMap<>();
    private final Map<Object, TreeSet<String>> names = new HashMap<>();

    private Listing(boolean directoryTimes) {
        this.directoryTimes = directoryTimes;
    }

    /** What is below a directory of this host. */
    public static Map<String, String> onDisk(Path directory) throws IOException {
        return onDisk(directory, true);
    }

    /** The same, with or without times of directories, which change with what is in them. */
    public static Map<String, String> onDisk(Path directory, boolean directoryTimes) throws IOException {
        var listing = new Listing(directoryTimes);
        try (var scan = new DirectoryScan()) {
            listing.add(
                    node("", LinuxFiles.status(directory.toString()), directory.toString(), ""), "", Optional.empty());
            listing.scan(scan, directory.toString(), "");
        }
        return listing.finished();
    }

    /** What a tree says of itself, with the contents read through it. */
    public static Map<String, String> inTree(Tree tree) throws IOException {
        return inTree(tree, true);
    }

    /** The same, with or without times of directories. */
    public static Map<String, String> inTree(Tree tree, boolean directoryTimes) throws IOException {
        var listing = new Listing(directoryTimes);
        listing.add(tree, tree.find("").orElseThrow());
        tree.walk("", PathFilter.ALL, node -> listing.add(tree, node));
        return listing.finished();
    }

    private void scan(DirectoryScan scan, String top, String path) throws IOException {
        for (DirectoryScan.Entry entry : scan.list(top + path)) {
            String below = path + "/" + entry.name();
            FileStatus status = entry.status();
            String content = "";
            if (status.type() == NodeType.FILE) {
                try (Descriptor open = Descriptor.forReading(top + below)) {
                    content = digest(open.path()).toString();
                }
            }
            Optional<Object> identity =
                    status.links() > 1 ? Optional.of(List.of(status.fileSystem(), status.inode())) : Optional.empty();
            add(node(below.substring(1), status, top + below, entry.linkTarget()), content, identity);
            if (status.type() == NodeType.DIRECTORY) {
                scan(scan, top, below);
            }
        }
    }

    /** The digest of a file of this host, of any size. */
    public static Digest digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return digest(in);
        }
    }

    private static Digest digest(InputStream in) throws IOException {
        MessageDigest sha = Digest.sha256();
        byte[] buffer = new byte[1 << 16];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            sha.update(buffer, 0, read);
        }
        return Digest.finish(sha);
    }

    private static Node node(String path, FileStatus status, String place, String target) throws IOException {
        var attributes = new Attributes(
                status.mode(), status.uid(), status.gid(), status.mtimeNanos(), LinuxFiles.xattrs(place));
        return new Node(
                path,
                status.type(),
                attributes,
                status.size(),
                Optional.of(target),
                Optional.empty(),
                status.deviceMajor(),
                status.deviceMinor());
    }

    private void add(Tree tree, Node node) throws IOException {
        String content = "";
        if (node.isFile()) {
            try (InputStream in = tree.open(node)) {
                content = digest(in).toString();
            }
            assertThat(content).isEqualTo(node.content().orElseThrow().toString());
        }
        add(node, content, tree.linkIdentity(node));
    }

    private void add(Node node, String content, Optional<Object> identity) {
        Attributes a = node.attributes();
        var xattrs = new TreeMap<String, String>();
        a.xattrs().forEach((name, value) -> {
            if (!name.startsWith("trusted.overlay.")) {
                xattrs.put(name, HexFormat.of().formatHex(value));
            }
        });
        String line = String.join(
                " ",
                node.type().toString(),
                node.isSymlink() ? "-" : Integer.toOctalString(a.mode()),
                Integer.toUnsignedString(a.uid()) + ":" + Integer.toUnsignedString(a.gid()),
                node.isDirectory() && !directoryTimes ? "-" : Long.toString(a.mtimeNanos()),
                node.isDirectory() ? "-" : Long.toString(node.size()),
                node.deviceMajor() + ":" + node.deviceMinor(),
                node.linkTarget().orElse(""),
                content,
                xattrs.toString());
        lines.put(node.path(), line);
        if (!node.isDirectory()) {
            identity.ifPresent(
                    known -> names.computeIfAbsent(known, _ -> new TreeSet<>()).add(node.path()));
        }
    }

    /** The lines; names of one file say so. */
    private Map<String, String> finished() {
        for (TreeSet<String> group : names.values()) {
            if (group.size() > 1) {
                group.forEach(name -> lines.merge(name, " one of " + group, String::concat));
            }
        }
        return lines;
    }
}
