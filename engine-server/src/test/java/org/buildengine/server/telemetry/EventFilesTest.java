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
        var files = new EventFiles(events);
        files.prepare();
        Files.writeString(events.resolve("client-1.logs"), "output");

        files.prepare();

        assertThat(events).isEmptyDirectory();
    }

    @Test
    void nothingIsLeftOfAClientWhenItsTelemetryIsClosed() throws Exception {
        ClientTelemetry telemetry = new EventFiles(directory).make(InstantSource.system());
        assertThat(directory).isNotEmptyDirectory();

        telemetry.close();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void eachClientHasFilesOfItsOwn() throws Exception {
        var files = new EventFiles(directory);
        try (ClientTelemetry one = files.make(InstantSource.system());
                ClientTelemetry other = files.make(InstantSource.system())) {
            assertThat(one).isNotSameAs(other);
            assertThat(directory.toFile().list()).hasSize(6);
        }
    }
}
