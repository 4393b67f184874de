package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.session.tree.EntryType;

/**
 * Reads through NIO, by path: right on every system, and slow, since each attribute is asked for by its name. Only the last
 * name of a path is not followed where it is a link by now.
 */
final class PortableReader implements DiskReader {
    private final Path root;

    /** A reader below {@code root}. */
    PortableReader(Path root) {
        this.root = root;
    }

    @Override
    public List<DiskChild> list(String directory) throws IOException {
        List<DiskChild> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(root.resolve(directory))) {
            for (Path path : stream) {
                try {
                    children.add(child(path));
                } catch (NoSuchFileException vanished) {
                    // as if it had been listed later
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return children;
    }

    private static DiskChild child(Path path) throws IOException {
        DiskNode node = DiskNode.read(path);
        String target =
                node.type() == EntryType.SYMLINK ? Files.readSymbolicLink(path).toString() : "";
        return new DiskChild(String.valueOf(path.getFileName()), node, target);
    }

    @Override
    public InputStream open(String file) throws IOException {
        return Files.newInputStream(root.resolve(file), LinkOption.NOFOLLOW_LINKS);
    }
}
