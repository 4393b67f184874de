package org.buildengine.server.telemetry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Where the telemetry of all clients lies while their sessions last. For any thread. */
public final class EventFiles {
    private final Path directory;
    private final AtomicLong clients = new AtomicLong();

    /**
     * Files in a directory.
     *
     * @param directory where they lie; nothing else may
     */
    public EventFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes the directory. Deletes what is in it: it belonged to sessions of a daemon that died. To be called by whoever
     * holds the lock of the store that the directory lies in.
     */
    public void prepare() throws IOException {
        Files.createDirectories(directory);
        List<Path> left;
        try (Stream<Path> files = Files.list(directory)) {
            left = files.toList();
        }
        for (Path file : left) {
            Files.delete(file);
        }
    }

    /** Telemetry of one more client. Its files have a number and not the client's name, which the client chooses. */
    public ClientTelemetry make(InstantSource clock) {
        return new ClientTelemetry(directory, "client-" + clients.incrementAndGet(), clock);
    }
}
