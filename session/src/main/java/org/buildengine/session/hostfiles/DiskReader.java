package org.buildengine.session.hostfiles;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads the directories and files below one directory of this host. Paths are relative to it, with {@code /} between names;
 * the empty path is the directory itself. Used by one thread. Failures are those of {@link java.nio.file}, by their kinds.
 */
interface DiskReader extends Closeable {
    /**
     * A reader below {@code root}: {@link LinuxReader} where the system has what it needs, {@link PortableReader} elsewhere.
     */
    static DiskReader below(Path root) {
        return Choice.NATIVE ? new LinuxReader(root) : new PortableReader(root);
    }

    /**
     * What is in a directory, in no order. What vanishes meanwhile is left out. A name that is not UTF-8 is one that {@link
     * Names#isReadable} denies.
     */
    List<DiskChild> list(String directory) throws IOException;

    /** Opens a file; a symbolic link in its place is a failure. The stream is closed before the next is opened. */
    InputStream open(String file) throws IOException;

    /** Lets go of what is open; a reader that holds nothing has nothing to say. */
    @Override
    default void close() {}

    /** Made once, when the first directory is read. */
    final class Choice {
        private static final boolean NATIVE = LinuxReader.isSupported();

        private Choice() {}
    }
}
