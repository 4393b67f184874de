package org.buildengine.server.network;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.Digest;

/**
 * What a daemon calls the things that it puts on the host: made of the path of its root directory, so that it finds its
 * own again and leaves those of another daemon alone. The kernel allows 15 characters for links.
 */
final class BridgeNames {
    private static final int LINK_ID = 6;
    private static final int NUMBER_DIGITS = 7;

    private final String id;
    private final AtomicLong counter = new AtomicLong();

    BridgeNames(Path root) {
        this.id = Digest.of(root.toAbsolutePath().normalize().toString()).hex().substring(0, 12);
    }

    String bridge() {
        return "be-" + id;
    }

    /** The table of packet filters. */
    String table() {
        return "build-engine-" + id;
    }

    /** A name for the host's end of a link that no other has at the same time. */
    String link() {
        long number = counter.getAndIncrement() % (long) Math.pow(36, NUMBER_DIGITS);
        return "ve" + id.substring(0, LINK_ID) + Long.toString(number, 36);
    }
}
