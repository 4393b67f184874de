package org.buildengine.solver.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventLogsTest {
    private static final Digest RECIPE = Digest.of("what was asked for");

    @TempDir
    private Path directory;

    private EventLogs logs(long mostBytes) throws Exception {
        return EventLogs.open(directory.resolve("events"), mostBytes);
    }

    private static RunLog run(EventLog log) {
        RunLog run =
                log.begin(log.reserve().orElseThrow(), RECIPE, RECIPE, "exec", Instant.EPOCH, InstantSource.system());
        run.add(1, new byte[10_000]);
        return run;
    }

    private static void build(EventLogs logs, long number) {
        EventLog log = logs.begin(number);
        run(log).end(Ending.SUCCEEDED, Duration.ZERO);
        log.close();
    }

    @Test
    void directoryIsPrivate() throws Exception {
        logs(0);
        assertThat(Files.getPosixFilePermissions(directory.resolve("events")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void onlyWhatAnOlderEngineLeftIsRemovedFromTheDirectory() throws Exception {
        build(logs(0), 12);
        Path events = directory.resolve("events");
        Path left = Files.writeString(events.resolve("client-1.logs"), "output");
        Path notes = Files.writeString(events.resolve("notes.txt"), "mine");
        Path backup = Files.createDirectories(events.resolve("backup"));
        Files.writeString(backup.resolve("12.log"), "mine");
        Path number = Files.createDirectories(events.resolve("99.log"));
        Path old = Files.createDirectories(events.resolve("client-2.logs").resolve("mine"));

        EventLogs again = logs(0);
        assertThat(left).doesNotExist();
        assertThat(again.last()).isEqualTo(12);
        again.trim();
        again.forget(100, Set.of());
        assertThat(events.resolve("12.log")).doesNotExist();
        assertThat(notes).exists();
        assertThat(backup.resolve("12.log")).exists();
        assertThat(number).exists();
        assertThat(old).exists();
    }

    @Test
    void buildThatRanNothingHasNoFile() throws Exception {
        EventLogs logs = logs(0);
        EventLog log = logs.begin(1);
        assertThat(logs.find(1)).contains(log);
        log.close();
        assertThat(logs.find(1)).isEmpty();
        assertThat(logs.removed(1)).isFalse();
        assertThat(logs.last()).isZero();
    }

    @Test
    void oldestGoWhenThereAreTooManyBytesAndThatIsKnown() throws Exception {
        EventLogs logs = logs(25_000);
        for (int number = 1; number <= 4; number++) {
            build(logs, number);
        }
        logs.trim();
        assertThat(logs.find(1)).isEmpty();
        assertThat(logs.find(2)).isEmpty();
        assertThat(logs.find(3)).isPresent();
        assertThat(logs.removed(1)).isTrue();
        assertThat(logs.removed(3)).isFalse();
        assertThat(logs.last()).isEqualTo(4);
    }

    @Test
    void logThatIsStillWrittenIsNotRemoved() throws Exception {
        EventLogs logs = logs(0);
        EventLog open = logs.begin(1);
        run(open).end(Ending.SUCCEEDED, Duration.ZERO);
        EventLog outlived = logs.begin(2);
        RunLog going = run(outlived);
        outlived.close();
        build(logs, 3);

        logs.trim();
        logs.forget(3, Set.of());
        assertThat(logs.find(1)).isPresent();
        assertThat(logs.find(2)).isPresent();
        assertThat(logs.find(3)).isEmpty();
        assertThat(directory.resolve("events").toFile().list()).containsExactlyInAnyOrder("1.log", "2.log");

        going.end(Ending.SUCCEEDED, Duration.ZERO);
        open.close();
        logs.trim();
        assertThat(logs.find(1)).isEmpty();
        assertThat(logs.find(2)).isEmpty();
    }

    @Test
    void nothingIsLeftOfBuildsThatAreForgotten() throws Exception {
        EventLogs logs = logs(15_000);
        for (int number = 1; number <= 3; number++) {
            build(logs, number);
        }
        logs.trim();
        logs.forget(2, Set.of());
        assertThat(logs.removed(1)).isFalse();
        assertThat(directory.resolve("events").toFile().list()).containsExactly("3.log");
    }

    @Test
    void logsOfBuildsThatAreSparedStay() throws Exception {
        EventLogs logs = logs(1_000_000);
        for (int number = 1; number <= 3; number++) {
            build(logs, number);
        }
        logs.forget(3, Set.of(2L));
        assertThat(directory.resolve("events").toFile().list()).containsExactly("2.log");
    }
}
