package org.buildengine.session.tree;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Takes a tree that arrives. All calls come from one thread, the one that called the import. A slow sink slows its own
 * import only.
 *
 * <p>Order: parents before children, siblings in byte order; hard links come after everything else, when the content of
 * the file they name has been written. An exception ends the import with that exception. When an import fails, the
 * streams still open are closed early (their content is incomplete) and everything taken so far is to be discarded.
 */
public interface TreeSink {
    /**
     * Takes one entry.
     *
     * @return for a regular file that is no hard link: whether its content is wanted; otherwise ignored
     */
    boolean accept(TreeEntry entry) throws IOException;

    /**
     * Opens the place for the content of a file that was accepted. Called when the content begins to arrive, so that only
     * a few streams are open at once. Exactly {@code file.size()} bytes are written, then the stream is closed.
     */
    OutputStream open(TreeEntry file) throws IOException;
}
