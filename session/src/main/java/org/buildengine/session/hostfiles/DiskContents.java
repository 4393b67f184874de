package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSource;

/** The contents of the files below a directory on disk. Used by one thread. */
final class DiskContents implements TreeSource.Contents {
    private final Path root;
    private final DiskReader reader;

    /** Those below {@code root}. */
    DiskContents(Path root) {
        this.root = root;
        this.reader = DiskReader.below(root);
    }

    @Override
    public InputStream open(TreeEntry file) throws IOException {
        try {
            return reader.open(file.path());
        } catch (NoSuchFileException e) {
            throw new HostException(
                    Reason.CHANGED, "\"" + file.path() + "\" vanished while " + root + " was read. Run it again.", e);
        } catch (AccessDeniedException e) {
            throw new HostException(
                    Reason.DENIED,
                    "\"" + file.path() + "\" in " + root
                            + " cannot be read: permission denied. Change its mode or exclude it.",
                    e);
        } catch (IOException e) {
            throw new HostException(
                    Reason.CHANGED, "\"" + file.path() + "\" in " + root + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
