package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.fixture.BusyboxTree;
import org.buildengine.server.fixture.DirectorySnapshotter;
import org.buildengine.server.fixture.Execs;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.network.NoNetwork;
import org.buildengine.solver.OpRunner.Output;
import org.buildengine.solver.op.ExecOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The output of a step whose listener has room for one piece and takes none until it is told to. */
@Timeout(120)
class SlowOutputIT {
    private static final int PIECES = 64;
    private static final int PIECE = 64 * 1024;

    /** A pipe, the queue behind it and what is in hand hold 16 pieces at most. */
    private static final int MOST_UNDER_WAY = 24;

    private static final long STALL_MILLIS = 300;

    @TempDir
    private Path directory;

    @Test
    void stepWaitsOthersPassAndAllOfItComesInOrder() throws Exception {
        var snapshotter = new DirectorySnapshotter(Files.createDirectory(directory.resolve("trees")));
        BusyboxTree.fill(snapshotter.create("base"), List.of("sh", "dd", "tr", "echo"));
        try (var environment = ExecEnvironment.open(
                new ExecSettings(
                        ExecSettings.RuntimeChoice.AUTO,
                        new NoNetwork(),
                        true,
                        Path.of("/usr/bin/tini-static"),
                        directory.resolve("run")),
                directory)) {
            var runner = new ExecRunner(environment, snapshotter);
            // Each piece is one letter. What it has written it notes where the test looks.
            ExecOp loud = Execs.shell("n=0; while [ $n -lt " + PIECES + " ]; do echo $n > /written;"
                            + " dd if=/dev/zero bs=" + PIECE
                            + " count=1 2>/dev/null | tr '\\0' \"\\\\$((100 + n % 8))\";"
                            + " n=$((n + 1)); done")
                    .op();
            var slot = new ArrayBlockingQueue<byte[]>(1);
            var listened = new FakeRun(loud).listening(slot::put);
            var base = List.of(DirectorySnapshotter.snapshot("base"));
            var step = new FutureTask<>(() -> runner.run(loud, base, listened));
            Thread.ofVirtual().start(step);
            try {
                awaitStall();
                assertThat(written()).isLessThan(MOST_UNDER_WAY);

                ExecOp other = Execs.shell("echo passed").op();
                Output passed = runner.run(other, base, new FakeRun(other));
                assertThat(passed.facts()).containsEntry(ExecOp.Facts.STDOUT, "passed\n");
                assertThat(step).isNotDone();

                for (int at = 0; at < PIECES * PIECE; ) {
                    byte[] bytes = slot.poll(60, TimeUnit.SECONDS);
                    assertThat(bytes).as("what comes after " + at).isNotNull();
                    for (byte letter : bytes) {
                        assertThat((char) letter).as("byte " + at).isEqualTo((char) ('@' + at / PIECE % 8));
                        at++;
                    }
                }
                assertThat(step.get(60, TimeUnit.SECONDS).facts()).containsEntry(ExecOp.Facts.EXIT_CODE, "0");
            } finally {
                listened.cancel();
                step.cancel(true);
            }
        }
    }

    private void awaitStall() throws InterruptedException, IOException {
        int before;
        do {
            before = written();
            Thread.sleep(STALL_MILLIS);
        } while (before <= 0 || before != written());
    }

    /** How many pieces the step has written, by its own count; negative as long as it does not say. */
    private int written() throws IOException {
        var count = new SimpleFileVisitor<Path>() {
            private int pieces = -1;

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!file.endsWith("written")) {
                    return FileVisitResult.CONTINUE;
                }
                String text = Files.readString(file).strip();
                pieces = text.isEmpty() ? -1 : Integer.parseInt(text);
                return FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path vanished, IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        };
        Files.walkFileTree(directory, count);
        return count.pieces;
    }
}
