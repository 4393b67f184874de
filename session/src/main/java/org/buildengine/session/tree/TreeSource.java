package org.buildengine.session.tree;

import java.io.IOException;
import java.io.InputStream;

/** Gives a tree away. {@link #walk} runs on one thread; {@link #open} is called by several at the same time, also during the walk. */
public interface TreeSource {
    /**
     * Visits every entry once: parents before children, siblings in byte order of their names, a file before the hard
     * links that name it. The root itself is not visited.
     */
    void walk(Visitor visitor) throws IOException, InterruptedException;

    /** Opens the content of a regular file that was visited; exactly {@code file.size()} bytes are expected. */
    InputStream open(TreeEntry file) throws IOException;

    /** Receives the entries; blocks while the peer is slow. */
    @FunctionalInterface
    interface Visitor {
        /** Takes the next entry. */
        void visit(TreeEntry entry) throws IOException, InterruptedException;
    }
}
