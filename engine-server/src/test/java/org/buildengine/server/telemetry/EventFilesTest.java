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

    private static ClientTelemetry telemetryWithFiles(EventFiles files) {
        ClientTelemetry telemetry = files.make(InstantSource.system());
        telemetry.now(() ->
                telemetry.tracer(Scope.CORE).spanBuilder("long".repeat(50_000)).startSpan());
        return telemetry;
    }

    @Test
    void nothingIsLeftOfAClientWhenItsTelemetryIsClosed() throws Exception {
        ClientTelemetry telemetry = telemetryWithFiles(new EventFiles(directory));
        assertThat(directory).isNotEmptyDirectory();

        telemetry.close();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void eachClientHasFilesOfItsOwn() throws Exception {
        var files = new EventFiles(directory);
        try (ClientTelemetry one = telemetryWithFiles(files);
                ClientTelemetry other = telemetryWithFiles(files)) {
            assertThat(one).isNotSameAs(other);
            assertThat(directory.toFile().list()).containsExactlyInAnyOrder("client-1.spans", "client-2.spans");
        }
    }

    @Test
    void clientWithLittleToTellHasNoFiles() throws Exception {
        try (ClientTelemetry telemetry = new EventFiles(directory).make(InstantSource.system())) {
            telemetry.now(
                    () -> telemetry.tracer(Scope.CORE).spanBuilder("short").startSpan());
            assertThat(directory).isEmptyDirectory();
        }
    }
}
