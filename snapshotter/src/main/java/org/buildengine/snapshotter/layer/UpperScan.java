package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DirectoryScan;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;
import org.buildengine.snapshotter.tree.OverlayXattrs;

/** Reads what an overlay mount left in its upper directory. Runs on a platform thread. */
final class UpperScan {
    private static final int READ_BUFFER = 128 * 1024;
    private static final int WORTH_THREADS = 32;

    private final DraftTree draft = new DraftTree();
    private final DirectoryScan scan;
    private final Descriptor top;
    private final Map<Long, Integer> linked = new HashMap<>();
    private final List<Content> files = new ArrayList<>();

    private record Content(int node, String path, long inode) {}

    private UpperScan(DirectoryScan scan, Descriptor top) {
        this.scan = scan;
        this.top = top;
    }

    /**
     * The nodes of the upper directory, with the digests of its files. No link is followed, so that nothing outside is
     * read even if somebody still moves names there.
     */
    static DraftTree scan(String upper) throws IOException {
        try (var scan = new DirectoryScan();
                Descriptor top = Descriptor.directory(upper)) {
            var result = new UpperScan(scan, top);
            result.attributes(LayerView.ROOT, LinuxFiles.status(upper), top.path() + "/.");
            result.directory(new ArrayList<>());
            result.readFiles();
            return result.draft;
        }
    }

    /** Whether nothing but directories is in the upper directory; looks no further than to the first other thing. */
    static boolean onlyDirectories(String upper) throws IOException {
        try (var scan = new DirectoryScan();
                Descriptor top = Descriptor.directory(upper)) {
            Deque<String> pending = new ArrayDeque<>(List.of(""));
            while (!pending.isEmpty()) {
                String directory = pending.removeLast();
                try (Descriptor here = top.directoryBelow(directory)) {
                    for (DirectoryScan.Entry entry : scan.list(here, directory)) {
                        if (entry.status().type() != NodeType.DIRECTORY) {
                            return false;
                        }
                        pending.addLast(Names.join(directory, entry.name()));
                    }
                }
            }
            return true;
        }
    }

    private void directory(List<String> elements) throws IOException {
        String path = String.join("/", elements);
        var directories = new ArrayList<String>();
        try (Descriptor here = top.directoryBelow(path)) {
            for (DirectoryScan.Entry entry : scan.list(here, path)) {
                elements.addLast(entry.name());
                if (elements.size() > Names.DEPTH_MAX) {
                    throw new IOException("the execution left directories nested more than " + Names.DEPTH_MAX
                            + " deep, which cannot be kept; remove them before it ends: /"
                            + String.join("/", elements.subList(0, 8)) + "/…");
                }
                entry(entry, here.path() + "/" + entry.name(), elements);
                elements.removeLast();
                if (entry.status().type() == NodeType.DIRECTORY) {
                    directories.add(entry.name());
                }
            }
        }
        for (String name : directories) {
            elements.addLast(name);
            directory(elements);
            elements.removeLast();
        }
    }

    private void entry(DirectoryScan.Entry entry, String place, List<String> elements) throws IOException {
        FileStatus status = entry.status();
        if (status.whiteout()) {
            draft.put(elements, NodeTable.WHITEOUT);
            return;
        }
        int node = draft.put(elements, NodeTable.kindOf(status.type()));
        boolean shared = status.links() > 1 && status.type() != NodeType.DIRECTORY;
        Integer first = shared ? linked.putIfAbsent(status.inode(), node) : null;
        if (first != null) {
            draft.link(node, first);
            return;
        }
        attributes(node, status, place);
        switch (status.type()) {
            case FILE -> {
                draft.size(node, status.size());
                draft.content(node, new byte[Digest.LENGTH], 0, 0, status.inode());
                files.add(new Content(node, String.join("/", elements), status.inode()));
            }
            case SYMLINK -> draft.target(node, entry.linkTarget());
            case CHAR_DEVICE, BLOCK_DEVICE -> draft.device(node, status.deviceMajor(), status.deviceMinor());
            default -> {}
        }
    }

    private void attributes(int node, FileStatus status, String path) throws IOException {
        var xattrs = new TreeMap<String, byte[]>();
        for (var xattr : LinuxFiles.xattrs(path).entrySet()) {
            String name = xattr.getKey();
            if (name.equals(OverlayXattrs.REDIRECT) || name.equals(OverlayXattrs.METACOPY)) {
                throw new IOException(path + ": depends on the layer below (" + name
                        + "); overlay must be mounted without redirect_dir and metacopy");
            }
            if (!OverlayXattrs.isReserved(name)) {
                xattrs.put(name, xattr.getValue());
            } else if (name.equals(OverlayXattrs.OPAQUE)
                    && xattr.getValue().length == 1
                    && xattr.getValue()[0] == 'y') {
                draft.opaque(node);
            }
        }
        draft.attributes(node, new Attributes(status.mode(), status.uid(), status.gid(), status.mtimeNanos(), xattrs));
    }

    private void readFiles() throws IOException {
        var digests = new HashMap<Long, byte[]>();
        if (files.size() < WORTH_THREADS) {
            for (Content file : files) {
                digests.put(file.inode(), digest(file.path()));
            }
        } else {
            readInParallel(digests);
        }
        NodeTable table = draft.table();
        for (int node = 0; node < table.count(); node++) {
            byte[] digest = table.isFile(node) ? digests.get(table.inode(node)) : null;
            if (digest != null) {
                draft.content(node, digest, 0, 0, table.inode(node));
            }
        }
    }

    private void readInParallel(Map<Long, byte[]> digests) throws IOException {
        int threads = Runtime.getRuntime().availableProcessors();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            var futures = new ArrayList<Future<byte[]>>(files.size());
            for (Content file : files) {
                futures.add(pool.submit(() -> digest(file.path())));
            }
            for (int i = 0; i < files.size(); i++) {
                digests.put(files.get(i).inode(), futures.get(i).get());
            }
        } catch (ExecutionException e) {
            throw new IOException("cannot read what the execution left: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading what the execution left", e);
        }
    }

    private byte[] digest(String path) throws IOException {
        MessageDigest sha = Digest.sha256();
        byte[] buffer = new byte[READ_BUFFER];
        try (Descriptor open = top.fileBelow(path);
                InputStream in = Files.newInputStream(open.path())) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha.update(buffer, 0, read);
            }
        }
        return sha.digest();
    }
}
