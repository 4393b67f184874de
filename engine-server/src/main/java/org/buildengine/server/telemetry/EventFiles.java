package org.buildengine.server.telemetry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the telemetry of all clients lies while their sessions last. */
public final class EventFiles {
    private EventFiles() {}

    /**
     * Makes the directory. Deletes what is in it: it belonged to sessions of a daemon that died. To be called by whoever
     * holds the lock of the store that the directory lies in.
     */
    public static void prepare(Path directory) throws IOException {
        Files.createDirectories(directory);
        List<Path> left;
        try (Stream<Path> files = Files.list(directory)) {
            left = files.toList();
        }
        for (Path file : left) {
            Files.delete(file);
        }
    }
}
