package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.linux.TreeRemoval;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * Writes a layer as a directory. Contents go to numbered files beside it first, so that nothing is ever written through
 * a path of the layer; the tree is made around them at the end, by its own nodes alone.
 */
final class DirectorySink implements LayerSink {
    private static final String CONTENTS = "contents";

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
                DiskWrites.append(channel, ByteBuffer.wrap(bytes, offset, length), "a file of a layer", room);
            }

            @Override
            public Place finish() throws IOException {
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
            new Materialisation(draft)
                    .directory(
                            LayerView.ROOT,
                            directory.resolve(LayerCatalog.FILES).toString());
            TreeRemoval.remove(contents.toString());
            return true;
        });
    }

    @Override
    public void close() {
        // the staging directory is discarded as a whole
    }

    /** Makes the tree, parents first, with the attributes of a directory after its children. */
    private final class Materialisation {
        private final DraftTree draft;
        private final NodeTable table;
        private final Map<Long, String> links = new HashMap<>();

        Materialisation(DraftTree draft) {
            this.draft = draft;
            this.table = draft.table();
        }

        void directory(int node, String path) throws IOException {
            LinuxFiles.makeDirectory(path, 0700);
            for (int child : draft.children(node)) {
                String childPath = path + "/" + table.name(child);
                if (table.isDirectory(child)) {
                    directory(child, childPath);
                } else {
                    leaf(child, childPath);
                }
            }
            attributes(node, path, true, draft.xattrsOnDisk(node));
        }

        private void leaf(int node, String path) throws IOException {
            if (table.isWhiteout(node)) {
                LinuxFiles.makeWhiteout(path);
                return;
            }
            if (table.has(node, NodeTable.LINKED)) {
                String first = links.putIfAbsent(table.inode(node), path);
                if (first != null) {
                    LinuxFiles.link(first, path);
                    return;
                }
            }
            NodeType type = table.type(node);
            switch (type) {
                case FILE -> LinuxFiles.rename(content(table.inode(node)).toString(), path);
                case SYMLINK -> LinuxFiles.makeSymlink(path, table.targetText(node));
                default -> LinuxFiles.makeNode(path, type, 0600, table.deviceMajor(node), table.deviceMinor(node));
            }
            attributes(node, path, type != NodeType.SYMLINK, table.xattrs(node));
        }

        private void attributes(int node, String path, boolean hasMode, Map<String, byte[]> xattrs) throws IOException {
            LinuxFiles.chown(path, table.uid(node), table.gid(node));
            if (hasMode) {
                LinuxFiles.chmod(path, table.mode(node));
            }
            for (var xattr : xattrs.entrySet()) {
                LinuxFiles.setXattr(path, xattr.getKey(), xattr.getValue());
            }
            LinuxFiles.setMtime(path, table.mtimeNanos(node));
        }
    }
}
