package org.buildengine.snapshotter.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipException;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;

/**
 * Unpacks one layer of an image, by the rules of the OCI image format, "Image Layer Filesystem Changeset". Whiteouts
 * hide layers below and never what the same archive adds, wherever they stand in it.
 *
 * <p>Refused, with the name of the entry: absolute names, {@code ..}, names that are too long, names that go through
 * something that the same archive made no directory (a link above all: nothing is followed here), hard links to what
 * the archive does not hold, attributes of overlay, unknown types. Targets of symbolic links are only text: whoever
 * resolves them later does so within the tree.
 */
public final class LayerImport {
    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final String OTHER_MARK = ".wh..wh.";
    private static final int BUFFER = 128 * 1024;

    private final LayerWriter writer;
    private final DraftTree nodes;
    private final byte[] buffer = new byte[BUFFER];

    private LayerImport(LayerWriter writer, DraftTree nodes) {
        this.writer = writer;
        this.nodes = nodes;
    }

    /**
     * Reads the archive to its end and seals the layer. The caller closes {@code writer}.
     *
     * @param nodes the nodes that {@code writer} has written so far
     */
    public static ImportedLayer unpack(
            InputStream archive, Optional<Digest> diffId, ArchiveLimits limits, LayerWriter writer, DraftTree nodes)
            throws IOException {
        try (var plain = new UncompressedStream(archive, limits)) {
            var tar = new TarReader(plain);
            new LayerImport(writer, nodes).entries(tar, limits);
            plain.transferTo(OutputStream.nullOutputStream());
            Digest actual = plain.digest();
            if (diffId.isPresent() && !diffId.get().equals(actual)) {
                throw new DigestMismatchException(diffId.get(), actual);
            }
            if (!tar.ended() && diffId.isEmpty()) {
                // with a digest that matches, a missing mark is a habit of the archiver and no loss
                throw new ArchiveException("the archive ends without its end mark; it was cut off");
            }
            return new ImportedLayer(writer.seal(), actual);
        } catch (EOFException | ZipException e) {
            throw new ArchiveException("the compressed archive is damaged or cut off: " + e.getMessage(), e);
        }
    }

    private void entries(TarReader tar, ArchiveLimits limits) throws IOException {
        long count = 0;
        for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
            if (++count > limits.entries()) {
                throw new ArchiveException("the archive has more than the allowed " + limits.entries() + " entries");
            }
            TarEntry next = entry.get();
            try {
                entry(tar, next);
            } catch (TreeException e) {
                throw refusal(next, e);
            }
        }
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

    private void entry(TarReader tar, TarEntry entry) throws IOException {
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
            node(tar, entry, path);
        } catch (ArchiveException | TreeException e) {
            throw e;
        } catch (EOFException | ZipException e) {
            throw new ArchiveException(
                    entry.name() + ": the compressed archive is damaged or cut off here: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ArchiveException(entry.name() + ": cannot be unpacked: " + e.getMessage(), e);
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

    private void node(TarReader tar, TarEntry entry, String path) throws IOException {
        switch (entry.type()) {
            case '0' -> file(tar, entry, path);
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

    private void file(TarReader tar, TarEntry entry, String path) throws IOException {
        try (OutputStream out = writer.file(path, entry.attributes(), entry.size())) {
            while (tar.left() > 0) {
                out.write(buffer, 0, tar.read(buffer, 0, buffer.length));
            }
        }
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
            writer.opaque(path);
        }
    }
}
