package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.linux.TreeRemoval;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * Writes a layer as a directory. Contents go to numbered files beside it first, so that nothing is ever written through
 * a path of the layer; the tree is made around them at the end, by its own nodes alone.
 */
final class DirectorySink implements LayerSink {
    private static final String CONTENTS = "contents";
    private static final int BLOCK = 4096;

    /** A piece of a file that is not written if it is this. */
    private static final byte[] ZEROS = new byte[256 * 1024];

    private final Path directory;
    private final Path contents;
    private final Room room;
    private final AtomicLong numbers = new AtomicLong();

    DirectorySink(Path directory, Room room) throws IOException {
        this.directory = directory;
        this.room = room;
        this.contents = Files.createDirectory(directory.resolve(CONTENTS));
    }

    private Path content(long number) {
        return contents.resolve(Long.toString(number));
    }

    @Override
    public SinkFile file(Attributes attributes, long size) throws IOException {
        long number = numbers.incrementAndGet();
        FileChannel channel = DiskWrites.create(content(number), room);
        return new SinkFile() {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (isHole(bytes, offset, length)) {
                    channel.position(channel.position() + length); // a hole
                } else {
                    DiskWrites.append(channel, ByteBuffer.wrap(bytes, offset, length), "a file of a layer", room);
                }
            }

            @Override
            public Place finish() throws IOException {
                if (channel.size() < size) {
                    DiskWrites.at(channel, size - 1, ByteBuffer.wrap(ZEROS, 0, 1), "a file of a layer", room);
                }
                channel.close();
                return new Place(0, 0, number);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    @Override
    public InputStream open(NodeTable table, int node) throws IOException {
        return Files.newInputStream(content(table.inode(node)));
    }

    @Override
    public void finish(DraftTree draft) throws IOException {
        NativeThreads.run(() -> {
            String tree = directory.resolve(LayerCatalog.FILES).toString();
            made(tree, () -> LinuxFiles.makeDirectory(tree, 0700));
            try (Descriptor parent = Descriptor.directory(directory.toString());
                    Descriptor files = parent.directoryBelow(LayerCatalog.FILES)) {
                new Materialisation(draft, files).directory(LayerView.ROOT, "");
            }
            TreeRemoval.remove(contents.toString());
            return true;
        });
    }

    private static boolean isHole(byte[] bytes, int offset, int length) {
        return length >= BLOCK
                && length <= ZEROS.length
                && Arrays.mismatch(bytes, offset, offset + length, ZEROS, 0, length) < 0;
    }

    private void made(String shown, DiskWrites.Step step) throws IOException {
        DiskWrites.call(shown, room, step);
    }

    @Override
    public void close() {
        // the staging directory is discarded as a whole
    }

    /**
     * Makes the tree, parents first, with the attributes of a directory after its children. Every name is one in an open
     * directory, which was reached without following a link, so that nothing outside is touched whoever moves names here.
     */
    private final class Materialisation {
        private final DraftTree draft;
        private final NodeTable table;
        private final Descriptor top;
        private final Map<Long, String> links = new HashMap<>();

        Materialisation(DraftTree draft, Descriptor top) {
            this.draft = draft;
            this.table = draft.table();
            this.top = top;
        }

        void directory(int node, String path) throws IOException {
            int[] children = draft.children(node);
            try (Descriptor here = top.directoryBelow(path)) {
                for (int child : children) {
                    String place = here.path() + "/" + table.name(child);
                    if (table.isDirectory(child)) {
                        made(Names.join(path, table.name(child)), () -> LinuxFiles.makeDirectory(place, 0700));
                    } else {
                        leaf(child, Names.join(path, table.name(child)), place);
                    }
                }
            }
            for (int child : children) {
                if (table.isDirectory(child)) {
                    directory(child, Names.join(path, table.name(child)));
                }
            }
            try (Descriptor here = top.directoryBelow(path)) {
                attributes(node, here.path() + "/.", true, draft.xattrsOnDisk(node));
            }
        }

        private void leaf(int node, String path, String place) throws IOException {
            if (table.isWhiteout(node)) {
                made(path, () -> LinuxFiles.makeWhiteout(place));
                return;
            }
            if (table.has(node, NodeTable.LINKED)) {
                String first = links.putIfAbsent(table.inode(node), path);
                if (first != null) {
                    link(first, place);
                    return;
                }
            }
            NodeType type = table.type(node);
            made(path, () -> make(node, type, place));
            attributes(node, place, type != NodeType.SYMLINK, table.xattrs(node));
        }

        private void make(int node, NodeType type, String place) throws IOException {
            switch (type) {
                case FILE -> LinuxFiles.rename(content(table.inode(node)).toString(), place);
                case SYMLINK -> LinuxFiles.makeSymlink(place, table.targetText(node));
                default -> LinuxFiles.makeNode(place, type, 0600, table.deviceMajor(node), table.deviceMinor(node));
            }
        }

        private void link(String existing, String place) throws IOException {
            try (Descriptor directory = top.directoryBelow(Names.parent(existing))) {
                String name = existing.substring(existing.lastIndexOf('/') + 1);
                made(existing, () -> LinuxFiles.link(directory.path() + "/" + name, place));
            }
        }

        private void attributes(int node, String path, boolean hasMode, Map<String, byte[]> xattrs) throws IOException {
            LinuxFiles.chown(path, table.uid(node), table.gid(node));
            if (hasMode) {
                LinuxFiles.chmod(path, table.mode(node));
            }
            for (var xattr : xattrs.entrySet()) {
                made(path, () -> LinuxFiles.setXattr(path, xattr.getKey(), xattr.getValue()));
            }
            LinuxFiles.setMtime(path, table.mtimeNanos(node));
        }
    }
}
