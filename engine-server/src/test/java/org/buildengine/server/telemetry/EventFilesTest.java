package org.buildengine.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFilesTest {
    @TempDir
    private Path directory;

    @Test
    void whatADeadDaemonLeftIsGoneAtTheNextStart() throws Exception {
        Path events = directory.resolve("events");
        EventFiles.prepare(events);
        Files.writeString(events.resolve("session.client.logs"), "output");

        EventFiles.prepare(events);

        assertThat(events).isEmptyDirectory();
    }

    @Test
    void nothingIsLeftOfAClientWhenItsTelemetryIsClosed() throws Exception {
        EventFiles.prepare(directory);
        var telemetry = new ClientTelemetry(directory, "session.client", InstantSource.system());
        assertThat(directory).isNotEmptyDirectory();

        telemetry.close();

        assertThat(directory).isEmptyDirectory();
    }
}
