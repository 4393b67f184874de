package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.fixture.BusyboxTree;
import org.buildengine.server.fixture.Execs;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.network.NoNetwork;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.solver.OpRunner.Output;
import org.buildengine.solver.op.ExecOp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that write faster than room can be made, on a disk of 128 MB, nearly all of it taken by what nobody uses. */
class FullDiskStepIT {
    private static final int MEGABYTE = 1 << 20;
    private static final long LEFT = 24L * MEGABYTE;

    @TempDir
    private Path directory;

    private Path disk;
    private DiskSnapshotter snapshotter;
    private ExecEnvironment environment;
    private Owner owner;
    private Snapshot base;

    /** Results that nobody uses. */
    private int published;

    @BeforeEach
    void open() throws Exception {
        disk = Files.createDirectory(directory.resolve("disk"));
        command("mount", "-t", "tmpfs", "-o", "size=128m", "none", disk.toString());
        snapshotter = DiskSnapshotter.open(disk.resolve("root"), DiskSnapshotter.Options.defaults());
        environment = ExecEnvironment.open(
                new ExecSettings(
                        ExecSettings.RuntimeChoice.AUTO,
                        new NoNetwork(),
                        true,
                        Path.of("/usr/bin/tini-static"),
                        directory.resolve("run")),
                directory);
        owner = snapshotter.results().owner("session");
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            BusyboxTree.fill(workspace.root(), List.of("sh", "dd", "fallocate", "echo", "false"));
            base = workspace.seal();
        }
        publish("base", base, owner);
        for (; usable() > LEFT; published++) {
            publish("old " + published, layer(6 * MEGABYTE), Owner.NONE);
        }
    }

    @AfterEach
    void close() throws Exception {
        environment.close();
        owner.close();
        snapshotter.close();
        command("umount", "--lazy", disk.toString());
    }

    private static void command(String... words) throws Exception {
        Process process = new ProcessBuilder(words).inheritIO().start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private Snapshot layer(int bytes) throws IOException {
        try (var layer = snapshotter.writeLayer("test")) {
            try (OutputStream file = layer.file("file", Attributes.ofMode(0644), bytes)) {
                byte[] content = new byte[bytes];
                new java.util.Random(bytes).nextBytes(content);
                file.write(content);
            }
            return Snapshot.EMPTY.plus(layer.seal().id());
        }
    }

    private void publish(String name, Snapshot output, Owner holder) throws IOException {
        snapshotter
                .results()
                .publish(
                        new NewResult(
                                Map.of(KeyKind.RECIPE, List.of(Digest.of(name))),
                                Digest.of(name),
                                List.of(output),
                                Map.of(),
                                Set.of(),
                                Duration.ofSeconds(1),
                                Origin.UNKNOWN),
                        holder);
    }

    private int old() {
        int found = 0;
        for (int i = 0; i < published; i++) {
            found += snapshotter
                            .results()
                            .find(KeyKind.RECIPE, Digest.of("old " + i))
                            .isPresent()
                    ? 1
                    : 0;
        }
        return found;
    }

    private long usable() throws IOException {
        return Files.getFileStore(disk).getUsableSpace();
    }

    /** Most of what is free, and a part of what is taken by things that nobody uses. */
    private long more() throws IOException {
        return usable() / MEGABYTE + published * 3L;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fallocate -l %sM /much",
                "dd if=/dev/zero of=/much bs=8M count=$((%s / 8)) 2>/dev/null || exit 3"
            })
    void runsAgainWithMoreRoom(String script) throws Exception {
        String told = script.formatted(more());
        ExecOp op = Execs.shell(told + " && echo done").op();
        var run = new FakeRun(op);

        Output output = new ExecRunner(environment, snapshotter).run(op, List.of(base), run);

        assertThat(output.facts()).containsEntry(ExecOp.Facts.STDOUT, "done\n");
        assertThat(old()).isLessThan(published);
    }

    @Test
    void whatIsSaidOfItIsShown() throws Exception {
        ExecOp op =
                Execs.shell("fallocate -l " + more() + "M /much && echo done").op();
        var run = new FakeRun(op);

        Output output = new ExecRunner(environment, snapshotter).run(op, List.of(base), run);

        assertThat(run.output())
                .contains("No space left on device")
                .contains("engine: the disk was full; what nobody uses was removed, and the command runs again\n")
                .endsWith("done\n");
        assertThat(output.facts()).containsEntry(ExecOp.Facts.STDOUT, "done\n").containsEntry(ExecOp.Facts.STDERR, "");
    }

    @Test
    void failsWhenAllThatCanGoIsGone() {
        ExecOp op = Execs.shell("dd if=/dev/zero of=/much bs=8M count=200").op();
        var run = new FakeRun(op);

        var failure = catchThrowableOfType(
                ExecFailure.class, () -> new ExecRunner(environment, snapshotter).run(op, List.of(base), run));

        assertThat(failure.stderr()).contains("No space left on device");
        assertThat(old()).isZero();
    }

    @Test
    void commandThatFailsForItselfRunsOnceAndTakesNothing() {
        ExecOp op = Execs.shell("echo once; false").op();
        var run = new FakeRun(op);

        var failure = catchThrowableOfType(
                ExecFailure.class, () -> new ExecRunner(environment, snapshotter).run(op, List.of(base), run));

        assertThat(failure.stdout()).isEqualTo("once");
        assertThat(run.output()).isEqualTo("once\n");
        assertThat(old()).isEqualTo(published);
    }
}
