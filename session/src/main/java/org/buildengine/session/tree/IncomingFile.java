package org.buildengine.session.tree;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.jspecify.annotations.Nullable;

/** A file whose content is wanted; it may have exactly the size that was announced. Used by one thread. */
final class IncomingFile {
    private final int id;
    private final TreeEntry entry;
    private final TreeSink sink;
    private long received;
    private @Nullable OutputStream out;

    /** The file that was announced as the {@code id}th entry. */
    IncomingFile(int id, TreeEntry entry, TreeSink sink) {
        this.id = id;
        this.entry = entry;
        this.sink = sink;
    }

    /** The number of its entry. */
    int id() {
        return id;
    }

    /** How many bytes are still to come. */
    long missing() {
        return entry.size() - received;
    }

    /** Takes the next piece; the first opens its place in the sink. */
    void write(ByteString piece) throws IOException {
        if (piece.size() > missing()) {
            throw changed("more than");
        }
        received += piece.size();
        OutputStream target = out;
        if (target == null) {
            target = sink.open(entry);
            out = target;
        }
        piece.writeTo(target);
    }

    /** Ends the file, which must have all its bytes. */
    void finish() throws IOException {
        if (missing() > 0) {
            throw changed(received + " of");
        }
        close();
    }

    /** Leaves the file as it is. Doing it again changes nothing. */
    void close() throws IOException {
        OutputStream target = out;
        out = null;
        if (target != null) {
            target.close();
        }
    }

    private HostException changed(String howMuch) {
        return new HostException(
                Reason.CHANGED,
                "\"" + entry.path() + "\" changed while it was read: got " + howMuch + " " + entry.size()
                        + " bytes. Run it again when nothing writes to the file.");
    }
}
