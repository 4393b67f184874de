package org.buildengine.snapshotter.cache;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CacheVolumes.Seed;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.Names;

/**
 * Writes the contents of a directory of a tree into a plain directory. Names that name one file become copies. Every name is one
 * in an open directory, which was reached without following a link, so that nothing outside is touched whoever moves names here.
 */
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
                try (Descriptor top = Descriptor.directory(destination.toString());
                        Descriptor here = top.directoryBelow(place(directory))) {
                    applyAttributes(here.path() + "/.", directory.attributes());
                }
            }
            return destination;
        });
    }

    /** Below the destination. */
    private String place(Node node) {
        return node.path().substring(prefix.length());
    }

    /** Makes one name. */
    @FunctionalInterface
    private interface Making {
        void make(String place) throws IOException;
    }

    private void make(Node node, Making making) throws IOException {
        String path = place(node);
        NativeThreads.run(() -> {
            try (Descriptor top = Descriptor.directory(destination.toString());
                    Descriptor here = top.directoryBelow(Names.parent(path))) {
                String place = here.path() + "/" + node.name();
                DiskWrites.call(path, room, () -> making.make(place));
                if (!node.isDirectory()) {
                    applyAttributes(node, place);
                }
            }
            return path;
        });
    }

    private void copy(Node node) throws IOException {
        switch (node.type()) {
            case DIRECTORY -> make(node, place -> LinuxFiles.makeDirectory(place, 0700));
            case FILE -> copyFile(node);
            case SYMLINK ->
                make(
                        node,
                        place -> LinuxFiles.makeSymlink(place, node.linkTarget().orElseThrow()));
            case CHAR_DEVICE, BLOCK_DEVICE, FIFO, SOCKET ->
                make(
                        node,
                        place -> LinuxFiles.makeNode(place, node.type(), 0600, node.deviceMajor(), node.deviceMinor()));
        }
    }

    /** Written beside the destination, under a name that any locale can spell. */
    private void copyFile(Node node) throws IOException {
        Path content = destination.resolveSibling(destination.getFileName() + "-file");
        try {
            try (InputStream in = seed.tree().open(node);
                    FileChannel out = DiskWrites.create(content, room)) {
                byte[] buffer = new byte[BUFFER];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    DiskWrites.append(out, ByteBuffer.wrap(buffer, 0, read), "a cache volume", room);
                }
            }
            make(node, place -> LinuxFiles.rename(content.toString(), place));
        } finally {
            Files.deleteIfExists(content);
        }
    }

    private static void applyAttributes(Node node, String place) throws IOException {
        if (node.isSymlink()) {
            LinuxFiles.chown(place, node.attributes().uid(), node.attributes().gid());
            LinuxFiles.setMtime(place, node.attributes().mtimeNanos());
        } else {
            applyAttributes(place, node.attributes());
        }
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
