package org.buildengine.snapshotter.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.buildengine.snapshotter.linux.ChildProcess.Output;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChildProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static ChildProcess shell(String script) throws LinuxException {
        return ChildProcess.start(List.of("/bin/sh", "-c", script), List.of("PATH=/usr/bin:/bin"));
    }

    private record Printed(String output, String error, int exitCode) {}

    private static Printed follow(ChildProcess process) throws IOException {
        var outputs = List.of(new ByteArrayOutputStream(), new ByteArrayOutputStream());
        while (process.hasOutput()) {
            Output read = process.read(PATIENCE).orElseThrow();
            outputs.get(read.stream() - 1).write(read.bytes());
        }
        return new Printed(
                outputs.get(0).toString(UTF_8),
                outputs.get(1).toString(UTF_8),
                process.waitFor(PATIENCE).orElseThrow());
    }

    @Test
    void outputsAndExitCodeAreItsOwn() throws Exception {
        try (ChildProcess process = shell("echo one; echo two >&2; exit 7")) {
            assertThat(follow(process)).isEqualTo(new Printed("one\n", "two\n", 7));
            assertThat(process.isAlive()).isFalse();
            assertThat(process.waitFor(Duration.ZERO)).hasValue(7);
        }
    }

    @Test
    void inheritsNoDescriptorAndNoVariable() throws Exception {
        try (Arena arena = Arena.ofConfined();
                var _ = new Descriptor(Libc.memfdCreate(FileNames.allocate(arena, "not closed at exec"), 0));
                ChildProcess process = shell("/bin/ls /proc/self/fd; exec env")) {
            // 3 is the directory that ls reads
            assertThat(follow(process).output())
                    .isEqualTo(
                            "0\n1\n2\n3\nPATH=/usr/bin:/bin\nPWD=" + Path.of("").toAbsolutePath() + "\n");
        }
    }

    @Test
    void blocksNoSignal() throws Exception {
        try (ChildProcess process = shell("exec grep SigBlk /proc/self/status")) {
            assertThat(follow(process).output()).isEqualTo("SigBlk:\t0000000000000000\n");
        }
    }

    @Test
    void outputThatNeverPausesKeepsTheOtherOneWaitingForNothing() throws Exception {
        try (ChildProcess process = shell("yes & sleep 0.1; echo heard >&2; wait")) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (process.read(PATIENCE).orElseThrow().stream() == 1) {
                assertThat(System.nanoTime()).as("it is heard some day").isLessThan(end);
            }
        }
    }

    @Test
    void silenceIsNoEnd() throws Exception {
        try (ChildProcess process = shell("read -r word")) {
            assertThat(process.read(Duration.ofMillis(50))).isEmpty();
            assertThat(process.waitFor(Duration.ofMillis(50))).isEmpty();
            assertThat(process.isAlive()).isTrue();
            assertThat(process.hasOutput()).isTrue();
        }
    }

    @Test
    void takesAllOfALongInput() throws Exception {
        byte[] much = "0123456789".repeat(100_000).getBytes(UTF_8);
        try (ChildProcess process = shell("exec wc -c")) {
            Thread feeder = Thread.ofPlatform().start(() -> {
                try {
                    process.write(much);
                } catch (LinuxException e) {
                    throw new AssertionError(e);
                } finally {
                    process.closeInput();
                }
            });
            assertThat(follow(process).output().strip()).isEqualTo("1000000");
            feeder.join();
        }
    }

    @Test
    void inputThatNobodyReadsIsRefused() throws Exception {
        try (ChildProcess process = shell("exit 0")) {
            assertThat(follow(process).exitCode()).isZero();
            assertThatThrownBy(() -> process.write(new byte[1])).hasMessage("standard input: write: Broken pipe");
            process.closeInput();
            assertThatThrownBy(() -> process.write(new byte[1])).hasMessage("standard input: write: Broken pipe");
        }
    }

    @Test
    void closingEndsItWhileItIsFed() throws Exception {
        var refusal = new AtomicReference<String>();
        ChildProcess process = shell("echo $$; exec sleep 60");
        Thread feeder = Thread.ofPlatform().start(() -> {
            try {
                process.write(new byte[1 << 20]);
            } catch (LinuxException e) {
                refusal.set(e.getMessage());
            } finally {
                process.closeInput();
            }
        });
        Optional<Output> pid = process.read(PATIENCE);
        process.close();
        feeder.join();
        assertThat(refusal).hasValue("standard input: write: Broken pipe");
        Path entry = Path.of("/proc", new String(pid.orElseThrow().bytes(), UTF_8).strip());
        assertThat(Files.exists(entry)).as("not even a zombie").isFalse();
        process.kill();
        process.close();
        assertThat(process.isAlive()).isFalse();
    }

    @Test
    void signalIsPartOfTheExitCode() throws Exception {
        try (ChildProcess process = shell("exec sleep 60")) {
            process.kill();
            assertThat(follow(process).exitCode()).isEqualTo(137);
        }
    }

    @Test
    void programThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> ChildProcess.start(List.of("/none", "argument"), List.of()))
                .hasMessage("/none: start: No such file or directory");
    }

    @Test
    void libraryThatIsTooOldIsNamed() {
        assertThat(Spawning.tooOld())
                .hasMessage("a new process: posix_spawn_file_actions_addclosefrom_np: Function not implemented"
                        + " (the C library is too old; take glibc 2.34 or a newer one)");
    }
}
