package org.buildengine.session.tree;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Gives a tree away. {@link #walk} runs on one thread; others read contents at the same time, each with {@link #contents} of its own. */
public interface TreeSource {
    /**
     * Visits every entry once: parents before children, siblings in byte order of their names, a file before the hard
     * links that name it. The root itself is not visited.
     */
    void walk(Visitor visitor) throws IOException, InterruptedException;

    /** A way to the contents of the files that are visited. */
    Contents contents();

    /** Contents of files, for one thread; closing it lets go of what it needed for that. */
    @FunctionalInterface
    interface Contents extends Closeable {
        /**
         * Opens the content of a regular file that was visited; exactly {@code file.size()} bytes are expected. It is closed
         * before the next one is opened.
         */
        InputStream open(TreeEntry file) throws IOException;

        @Override
        default void close() {}
    }

    /** Receives the entries; blocks while the peer is slow. */
    @FunctionalInterface
    interface Visitor {
        /** Takes the next entry. */
        void visit(TreeEntry entry) throws IOException, InterruptedException;
    }
}
