package org.buildengine.snapshotter.cache;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CacheVolumes.Seed;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;

/** Writes the contents of a directory of a tree into a plain directory. Names that name one file become copies. */
final class TreeCopy {
    private static final int BUFFER = 1 << 16;

    private final Seed seed;
    private final Path destination;
    private final String prefix;
    private final Room room;

    TreeCopy(Seed seed, Path destination, Room room) {
        this.seed = seed;
        this.room = room;
        this.destination = destination;
        String path = seed.path();
        String from = path.startsWith("/") ? path.substring(1) : path;
        this.prefix = from.isEmpty() || from.endsWith("/") ? from : from + "/";
    }

    /** Copies; a seed that does not exist, or is no directory, is an empty one. */
    void run() throws IOException {
        List<Node> directories = new ArrayList<>();
        try {
            seed.tree().walk(seed.path(), PathFilter.ALL, node -> {
                copy(node);
                if (node.isDirectory()) {
                    directories.add(node);
                }
            });
        } catch (TreeException e) {
            if (e.code() != TreeException.Code.NOT_FOUND && e.code() != TreeException.Code.NOT_A_DIRECTORY) {
                throw e;
            }
        }
        // Last, and the deepest first: writing into a directory changes its time.
        NativeThreads.run(() -> {
            for (Node directory : directories.reversed()) {
                applyAttributes(place(directory), directory.attributes());
            }
            return destination;
        });
    }

    private String place(Node node) {
        return destination + "/" + node.path().substring(prefix.length());
    }

    private void copy(Node node) throws IOException {
        String place = place(node);
        switch (node.type()) {
            case DIRECTORY ->
                NativeThreads.run(() -> {
                    LinuxFiles.makeDirectory(place, 0700);
                    return place;
                });
            case FILE -> copyFile(node, Path.of(place));
            case SYMLINK ->
                NativeThreads.run(() -> {
                    LinuxFiles.makeSymlink(place, node.linkTarget().orElseThrow());
                    LinuxFiles.chown(
                            place, node.attributes().uid(), node.attributes().gid());
                    LinuxFiles.setMtime(place, node.attributes().mtimeNanos());
                    return place;
                });
            case CHAR_DEVICE, BLOCK_DEVICE, FIFO, SOCKET -> copySpecial(node, place, node.type());
        }
    }

    private void copyFile(Node node, Path place) throws IOException {
        try (InputStream in = seed.tree().open(node);
                FileChannel out = DiskWrites.create(place, room)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                DiskWrites.append(out, ByteBuffer.wrap(buffer, 0, read), "a cache volume", room);
            }
        }
        NativeThreads.run(() -> {
            applyAttributes(place.toString(), node.attributes());
            return place;
        });
    }

    private static void copySpecial(Node node, String place, NodeType type) throws IOException {
        NativeThreads.run(() -> {
            LinuxFiles.makeNode(place, type, 0600, node.deviceMajor(), node.deviceMinor());
            applyAttributes(place, node.attributes());
            return place;
        });
    }

    /** Sets everything but the type; the order matters, since a change of owner clears set-id bits and capabilities. */
    static void applyAttributes(String path, Attributes attributes) throws IOException {
        LinuxFiles.chown(path, attributes.uid(), attributes.gid());
        LinuxFiles.chmod(path, attributes.mode());
        for (var xattr : attributes.xattrs().entrySet()) {
            LinuxFiles.setXattr(path, xattr.getKey(), xattr.getValue());
        }
        LinuxFiles.setMtime(path, attributes.mtimeNanos());
    }
}
