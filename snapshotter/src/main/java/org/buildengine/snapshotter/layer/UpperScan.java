package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.Attributes;
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
    private final DraftTree draft = new DraftTree();
    private final DirectoryScan scan;
    private final Descriptor top;
    private final UpperContents contents;
    private final Map<Long, Integer> firstNames = new HashMap<>();
    private final List<OtherName> otherNames = new ArrayList<>();

    /** A further name of a node. */
    private record OtherName(int node, int first) {}

    private UpperScan(DirectoryScan scan, Descriptor top, UpperContents contents) {
        this.scan = scan;
        this.top = top;
        this.contents = contents;
    }

    /**
     * The nodes of the upper directory, with the digests of its files. No link is followed, so that nothing outside is
     * read even if somebody still moves names there.
     *
     * @param givenUp whether nobody wants them any more; asked again and again, by several threads
     */
    static DraftTree scan(String upper, BooleanSupplier givenUp) throws IOException {
        try (var scan = new DirectoryScan();
                Descriptor top = Descriptor.directory(upper);
                var contents = new UpperContents(top, givenUp)) {
            var result = new UpperScan(scan, top, contents);
            result.attributes(LayerView.ROOT, LinuxFiles.status(upper), top.path() + "/.");
            result.directory(LayerView.ROOT, new ArrayList<>());
            contents.finish(result.draft);
            for (OtherName name : result.otherNames) {
                result.draft.link(name.node(), name.first());
            }
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

    private void directory(int node, List<String> elements) throws IOException {
        String path = String.join("/", elements);
        var directories = new LinkedHashMap<String, Integer>();
        var files = new ArrayList<UpperContents.Listed>();
        try (Descriptor here = top.directoryBelow(path)) {
            List<DirectoryScan.Entry> entries = scan.list(here, path);
            if (!entries.isEmpty() && elements.size() >= Names.DEPTH_MAX) {
                throw new IOException("the execution left directories nested more than " + Names.DEPTH_MAX
                        + " deep, which cannot be kept; remove them before it ends: /"
                        + String.join("/", elements.subList(0, 8)) + "/…");
            }
            String place = here.path() + "/";
            for (DirectoryScan.Entry entry : entries) {
                FileStatus status = entry.status();
                int child = draft.put(node, entry.name(), kind(status));
                if (status.whiteout() || isOtherName(child, status)) {
                    continue;
                }
                switch (status.type()) {
                    case FILE -> files.add(new UpperContents.Listed(child, entry.name(), status));
                    case DIRECTORY -> directories.put(entry.name(), child);
                    case SYMLINK -> draft.target(child, entry.linkTarget());
                    case CHAR_DEVICE, BLOCK_DEVICE -> draft.device(child, status.deviceMajor(), status.deviceMinor());
                    default -> {}
                }
                if (status.type() != NodeType.FILE) {
                    attributes(child, status, place + entry.name());
                }
            }
        }
        contents.read(path, files);
        for (var directory : directories.entrySet()) {
            elements.addLast(directory.getKey());
            directory(directory.getValue(), elements);
            elements.removeLast();
        }
    }

    private static int kind(FileStatus status) {
        return status.whiteout() ? NodeTable.WHITEOUT : NodeTable.kindOf(status.type());
    }

    private boolean isOtherName(int node, FileStatus status) {
        boolean shared = status.links() > 1 && status.type() != NodeType.DIRECTORY;
        Integer first = shared ? firstNames.putIfAbsent(status.inode(), node) : null;
        if (first != null) {
            otherNames.add(new OtherName(node, first));
        }
        return first != null;
    }

    private void attributes(int node, FileStatus status, String path) throws IOException {
        attributes(draft, node, status, LinuxFiles.xattrs(path), path);
    }

    /** Gives a node its attributes; those of overlay say what it is and are none of its own. */
    static void attributes(DraftTree draft, int node, FileStatus status, Map<String, byte[]> found, String shown)
            throws IOException {
        var xattrs = new TreeMap<String, byte[]>();
        for (var xattr : found.entrySet()) {
            String name = xattr.getKey();
            if (name.equals(OverlayXattrs.REDIRECT) || name.equals(OverlayXattrs.METACOPY)) {
                throw new IOException(shown + ": depends on the layer below (" + name
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
}
