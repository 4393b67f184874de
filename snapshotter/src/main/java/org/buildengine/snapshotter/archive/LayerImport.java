package org.buildengine.snapshotter.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.zip.ZipException;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.tree.DraftTree;

/**
 * Unpacks one layer of an image, by the rules of the OCI image format, "Image Layer Filesystem Changeset". Whiteouts
 * hide layers below and never what the same archive adds, wherever they stand in it.
 *
 * <p>Refused, with the name of the entry: absolute names, {@code ..}, names that are too long, names that go through
 * something that the same archive made no directory (a link above all: nothing is followed here), hard links to what
 * the archive does not hold, attributes of overlay, unknown types. Targets of symbolic links are only text: whoever
 * resolves them later does so within the tree.
 *
 * <p>The caller's thread reads the archive, another one makes the layer of it, and a third hashes the archive.
 */
public final class LayerImport {
    private LayerImport() {}

    /**
     * Reads the archive to its end and seals the layer. The caller closes {@code writer}, which is not in use any more then.
     *
     * @param nodes the nodes that {@code writer} has written so far
     */
    public static ImportedLayer unpack(
            InputStream archive, Optional<Digest> diffId, ArchiveLimits limits, LayerWriter writer, DraftTree nodes)
            throws IOException {
        try (var plain = new UncompressedStream(archive, limits)) {
            var tar = new TarReader(plain);
            try (var queue = new EntryQueue(new EntryUnpacker(writer, nodes))) {
                entries(tar, limits, queue);
            }
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

    private static void entries(TarReader tar, ArchiveLimits limits, EntryQueue queue) throws IOException {
        try {
            long count = 0;
            long unpacked = 0;
            for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                if (++count > limits.entries()) {
                    throw new ArchiveException(
                            "the archive has more than the allowed " + limits.entries() + " entries");
                }
                // files with holes are larger than the archive
                if (entry.get().size() > limits.bytes() - unpacked) {
                    throw new ArchiveException(entry.get().name() + ": refused: with its "
                            + entry.get().size() + " bytes the files of the archive have more than the allowed "
                            + limits.bytes());
                }
                unpacked += entry.get().size();
                queue.add(entry.get());
                content(tar, entry.get(), queue);
            }
        } catch (IOException e) {
            queue.finishAfter(e);
            throw e;
        }
        queue.finish();
    }

    private static void content(TarReader tar, TarEntry entry, EntryQueue queue) throws IOException {
        try {
            while (tar.left() > 0) {
                queue.addContent(tar);
            }
        } catch (EOFException | ZipException e) {
            throw new ArchiveException(
                    entry.name() + ": the compressed archive is damaged or cut off here: " + e.getMessage(), e);
        }
    }
}
