package org.buildengine.cli;

import java.nio.file.Path;
import org.buildengine.client.Attacher;

/** What this machine offers to an engine: its files, to be read and written as this user may. */
final class HostAttachments {
    private HostAttachments() {}

    /**
     * Offers files.
     *
     * @param workdir the directory that relative paths start at
     * @return makes the offer to an engine
     */
    static Attacher below(Path workdir) {
        return Attacher.none();
    }
}
