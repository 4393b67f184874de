package org.buildengine.snapshotter.property;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Listing;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DirectoryScan;
import org.buildengine.snapshotter.linux.FileNames;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;

/** The digest of a tree made anew from a directory of this host, every file read. Shares no code with the index. */
final class Rehash implements AutoCloseable {
    private final PathFilter filter;
    private final DirectoryScan scan = new DirectoryScan();

    private Rehash(PathFilter filter) {
        this.filter = filter;
    }

    static Digest of(Path directory, PathFilter filter) throws IOException {
        try (var rehash = new Rehash(filter)) {
            String top = directory.toString();
            return rehash.directory(top, LinuxFiles.status(top), "", true).orElseThrow();
        }
    }

    private Optional<Digest> directory(String place, FileStatus status, String path, boolean keep) throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(header(place, status, ""));
        boolean any = keep;
        var entries = new ArrayList<>(scan.list(place));
        entries.sort(Comparator.comparing(entry -> FileNames.encode(entry.name()), Arrays::compareUnsigned));
        for (DirectoryScan.Entry entry : entries) {
            String below = path.isEmpty() ? entry.name() : path + "/" + entry.name();
            any |= child(place + "/" + entry.name(), entry, below, bytes);
        }
        return any ? Optional.of(Digest.of(bytes.toByteArray())) : Optional.empty();
    }

    private boolean child(String place, DirectoryScan.Entry entry, String path, ByteArrayOutputStream into)
            throws IOException {
        boolean directory = entry.status().type() == NodeType.DIRECTORY;
        boolean chosen = filter.includes(path, directory);
        byte[] rest;
        if (directory) {
            Optional<Digest> digest = directory(place, entry.status(), path, chosen);
            if (digest.isEmpty()) {
                return false;
            }
            rest = digest.get().toBytes();
        } else if (chosen) {
            rest = header(place, entry.status(), entry.linkTarget());
        } else {
            return false;
        }
        byte[] name = FileNames.encode(entry.name());
        into.write(name.length);
        into.writeBytes(name);
        into.writeBytes(rest);
        return true;
    }

    private static byte[] header(String place, FileStatus status, String target) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        NodeType type = status.type();
        out.writeByte(kind(type));
        out.writeInt(type == NodeType.SYMLINK ? 0777 : status.mode());
        out.writeInt(status.uid());
        out.writeInt(status.gid());
        switch (type) {
            case FILE -> {
                out.writeLong(status.size());
                try (Descriptor open = Descriptor.forReading(place)) {
                    out.write(Listing.digest(open.path()).toBytes());
                }
            }
            case SYMLINK -> text(out, FileNames.encode(target));
            default -> {
                out.writeInt(status.deviceMajor());
                out.writeInt(status.deviceMinor());
            }
        }
        for (var xattr : new TreeMap<>(LinuxFiles.xattrs(place)).entrySet()) {
            if (!xattr.getKey().startsWith("trusted.overlay.")) {
                text(out, FileNames.encode(xattr.getKey()));
                text(out, xattr.getValue());
            }
        }
        var whole = new ByteArrayOutputStream();
        new DataOutputStream(whole).writeInt(bytes.size());
        whole.writeBytes(bytes.toByteArray());
        return whole.toByteArray();
    }

    private static void text(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static int kind(NodeType type) {
        return switch (type) {
            case FILE -> 0;
            case DIRECTORY -> 1;
            case SYMLINK -> 2;
            case CHAR_DEVICE -> 3;
            case BLOCK_DEVICE -> 4;
            case FIFO -> 5;
            case SOCKET -> 6;
        };
    }

    @Override
    public void close() {
        scan.close();
    }
}
