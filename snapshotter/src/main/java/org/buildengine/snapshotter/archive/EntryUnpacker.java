package org.buildengine.snapshotter.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.jspecify.annotations.Nullable;

/**
 * Makes nodes of the entries of an archive, in their order, by the rules that {@link LayerImport} names. Used by one thread.
 */
final class EntryUnpacker {
    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final String OTHER_MARK = ".wh..wh.";

    private final LayerWriter writer;
    private final DraftTree nodes;

    /** The file whose content comes next, unless the entry is one that is passed over. */
    private @Nullable OutputStream file;

    private TarEntry current = TarEntry.NONE;
    private long left;

    EntryUnpacker(LayerWriter writer, DraftTree nodes) {
        this.writer = writer;
        this.nodes = nodes;
    }

    /** Takes the next entry; all of the content of the one before was given. */
    void begin(TarEntry entry) throws IOException {
        current = entry;
        left = entry.size();
        file = null;
        try {
            entry(entry);
        } catch (TreeException e) {
            throw refusal(entry, e);
        }
        endIfComplete();
    }

    /** Takes the next bytes of the content of the entry. */
    void content(byte[] bytes, int offset, int length) throws IOException {
        left -= length;
        if (file == null) {
            return;
        }
        try {
            file.write(bytes, offset, length);
        } catch (IOException e) {
            throw notUnpacked(current, e);
        }
        endIfComplete();
    }

    private void endIfComplete() throws IOException {
        if (left == 0 && file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw notUnpacked(current, e);
            }
        }
    }

    private static ArchiveException notUnpacked(TarEntry entry, IOException cause) {
        return new ArchiveException(entry.name() + ": cannot be unpacked: " + cause.getMessage(), cause);
    }

    private static ArchiveException refusal(TarEntry entry, TreeException e) {
        String reason = e.code() == TreeException.Code.NOT_A_DIRECTORY
                ? "goes through " + e.path() + ", which is no directory in this archive; links are never followed"
                : e.getMessage();
        return new ArchiveException(entry.name() + ": refused: " + reason, e);
    }

    private static String checked(TarEntry entry, String path, String what) throws ArchiveException {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new ArchiveException(entry.name().replace('\0', '?') + ": refused: empty or broken " + what);
        }
        List<String> elements = Names.split(path);
        if (path.startsWith("/") && !elements.isEmpty()) {
            throw new ArchiveException(entry.name() + ": refused: the " + what + " " + path + " is absolute");
        }
        if (elements.contains("..")) {
            throw new ArchiveException(
                    entry.name() + ": refused: the " + what + " " + path + " has \"..\", which could leave the tree");
        }
        return String.join("/", elements);
    }

    private void entry(TarEntry entry) throws IOException {
        String path = checked(entry, entry.name(), "name");
        if (isBelowMark(entry, Names.parent(path))) {
            return;
        }
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.startsWith(WHITEOUT)) {
            whiteout(entry, Names.parent(path), name);
            return;
        }
        if (path.isEmpty() && entry.type() != '5') {
            throw new ArchiveException(entry.name() + ": refused: the root must be a directory");
        }
        try {
            node(entry, path);
        } catch (ArchiveException | TreeException e) {
            throw e;
        } catch (IOException e) {
            throw notUnpacked(entry, e);
        }
    }

    /** Whether an entry lies in a directory of AUFS's book-keeping, which has no meaning here. */
    private static boolean isBelowMark(TarEntry entry, String parent) throws ArchiveException {
        for (String element : Names.split(parent)) {
            if (element.startsWith(OTHER_MARK)) {
                return true;
            }
            if (element.startsWith(WHITEOUT)) {
                throw new ArchiveException(
                        entry.name() + ": refused: " + element + " hides something, so that nothing can lie in it");
            }
        }
        return false;
    }

    private void node(TarEntry entry, String path) throws IOException {
        switch (entry.type()) {
            case '0' -> file = writer.file(path, entry.attributes(), entry.size());
            case '1' -> hardlink(entry, path);
            case '2' -> writer.symlink(path, entry.attributes(), entry.link());
            case '3' -> special(entry, path, NodeType.CHAR_DEVICE);
            case '4' -> special(entry, path, NodeType.BLOCK_DEVICE);
            case '5' -> writer.directory(path, entry.attributes());
            case '6' -> special(entry, path, NodeType.FIFO);
            default ->
                throw new ArchiveException(
                        entry.name() + ": refused: unknown type of entry, 0x" + Integer.toHexString(entry.type()));
        }
    }

    private void special(TarEntry entry, String path, NodeType type) throws IOException {
        writer.special(path, entry.attributes(), type, entry.major(), entry.minor());
    }

    private void hardlink(TarEntry entry, String path) throws IOException {
        String target = checked(entry, entry.link(), "link target");
        int node = nodes.find(Names.elements(target));
        if (node == LayerView.NONE
                || nodes.table().isWhiteout(node)
                || nodes.table().isDirectory(node)) {
            throw new ArchiveException(entry.name() + ": refused: it is a hard link to " + target
                    + ", which is no file that this archive holds before it");
        }
        writer.hardlink(path, target);
    }

    private void whiteout(TarEntry entry, String directory, String name) throws IOException {
        if (name.equals(OPAQUE)) {
            writer.opaque(directory);
            return;
        }
        if (name.startsWith(OTHER_MARK)) {
            return; // book-keeping of AUFS, without meaning here
        }
        String hidden = name.substring(WHITEOUT.length());
        if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
            throw new ArchiveException(entry.name() + ": refused: a whiteout of nothing");
        }
        String path = Names.join(directory, hidden);
        int node = nodes.find(Names.elements(path));
        if (node == LayerView.NONE || nodes.table().isWhiteout(node)) {
            writer.whiteout(path);
        } else if (nodes.table().isDirectory(node)) {
            // the directory below is gone, so that this one is new even if it was only implied
            writer.directory(path, nodes.table().attributes(node));
            nodes.replacing(node);
        }
    }
}
