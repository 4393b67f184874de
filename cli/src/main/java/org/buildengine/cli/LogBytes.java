package org.buildengine.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.buildengine.session.wire.builds.LogPart;

/** Both outputs of a step, byte for byte, each where it belongs. */
final class LogBytes implements LogFormat {
    private final OutputStream out;
    private final OutputStream err;
    private final LogNotes notes;

    LogBytes(OutputStream out, OutputStream err) {
        this.out = out;
        this.err = err;
        this.notes = new LogNotes(err);
    }

    @Override
    public void take(LogPart part) throws IOException {
        if (part.hasOutput()) {
            part.getOutput().getData().writeTo(part.getOutput().getStream() == 2 ? err : out);
        } else {
            notes.take(part);
        }
    }
}
