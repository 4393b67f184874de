package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.buildengine.server.fixture.BusyboxTree;
import org.buildengine.server.fixture.DirectorySnapshotter;
import org.buildengine.server.fixture.Execs;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.network.NoNetwork;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.solver.OpRunner.Output;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOp.Expect;
import org.buildengine.solver.op.ExecOp.Facts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real containers on plain directories, with each runtime that works here. */
@ParameterizedClass
@EnumSource(
        value = ExecSettings.RuntimeChoice.class,
        names = {"CRUN", "RUNC"})
class ExecRunnerIT {
    private static final String SECRET = "s3cr3t-value";

    private final ExecSettings.RuntimeChoice choice;

    @TempDir
    private Path directory;

    private DirectorySnapshotter snapshotter;
    private ExecEnvironment environment;
    private ExecRunner runner;

    ExecRunnerIT(ExecSettings.RuntimeChoice choice) {
        this.choice = choice;
    }

    @BeforeEach
    void openEnvironment() throws IOException {
        snapshotter = new DirectorySnapshotter(Files.createDirectory(directory.resolve("trees")));
        busybox(snapshotter.create("base"));
        var settings = new ExecSettings(
                choice, new NoNetwork(), true, Path.of("/usr/bin/tini-static"), directory.resolve("run"));
        environment = ExecEnvironment.open(settings, directory);
        Assumptions.assumeTrue(
                environment.runtimeName().isPresent(),
                () -> environment.findings().toString());
        runner = new ExecRunner(environment, snapshotter);
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        await().atMost(Duration.ofSeconds(5))
                .until(() -> environment.executions().isEmpty());
        environment.close();
        assertThat(environment.cgroups().list()).isEmpty();
        try (var left = Files.list(environment.run())) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("exec-"));
        }
        Files.deleteIfExists(environment.run());
    }

    private static void busybox(Path root) throws IOException {
        BusyboxTree.fill(
                root,
                List.of(
                        "sh",
                        "cat",
                        "id",
                        "true",
                        "ps",
                        "sleep",
                        "stat",
                        "ls",
                        "env",
                        "grep",
                        "yes",
                        "head",
                        "dd",
                        "ip",
                        "mkdir",
                        "hostname",
                        "tr",
                        "echo",
                        "touch",
                        "kill",
                        "ln"));
        Files.writeString(
                root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1001:Bob:/home/bob:/bin/sh\n");
        Files.writeString(root.resolve("etc/group"), "root:x:0:\nbob:x:1001:\nwheel:x:10:bob\n");
    }

    private Output run(Execs exec) throws Exception {
        return run(exec, DirectorySnapshotter.snapshot("base"));
    }

    private Output run(Execs exec, Snapshot... inputs) throws Exception {
        ExecOp op = exec.op();
        FakeRun run = new FakeRun(op).offering(SecretSource.class, handle -> SECRET.getBytes(StandardCharsets.UTF_8));
        return runner.run(op, List.of(inputs), run);
    }

    private String stdout(Execs exec) throws Exception {
        return run(exec).facts().getOrDefault(Facts.STDOUT, "nothing");
    }

    @Test
    void outputsAndExitCodeBecomeFacts() throws Exception {
        Output output = run(Execs.shell("echo out; echo err >&2; exit 3").expect(Expect.ANY));

        assertThat(output.facts())
                .containsEntry(Facts.STDOUT, "out\n")
                .containsEntry(Facts.STDERR, "err\n")
                .containsEntry(Facts.EXIT_CODE, "3");
        assertThat(output.facts().get(Facts.COMBINED)).contains("out\n").contains("err\n");
    }

    @Test
    void anUnexpectedExitCodeFailsWithTheEndsOfTheOutputs() {
        var failure = catchThrowableOfType(
                ExecFailure.class, () -> run(Execs.shell("printf '\\n lead\\n'; echo bad >&2; exit 4")));

        assertThat(failure).hasMessage("exit code: 4");
        assertThat(failure.command()).containsExactly("sh", "-c", "printf '\\n lead\\n'; echo bad >&2; exit 4");
        assertThat(failure.exitCode()).isEqualTo(4);
        assertThat(failure.stdout()).isEqualTo("lead");
        assertThat(failure.stderr()).isEqualTo("bad");
    }

    @Test
    void deathBySignalIsNeverExpected() {
        assertThatThrownBy(() -> run(Execs.shell("kill -9 $$").expect(Expect.ANY)))
                .isInstanceOf(ExecFailure.class)
                .hasMessageStartingWith("exit code: 137");
    }

    @Test
    void aCommandThatIsNotThereEndsWithOneAndSaysSo() throws Exception {
        Output missing = run(Execs.command("no-such-cmd").expect(Expect.ANY));
        Output forbidden = run(Execs.command("/etc/passwd").expect(Expect.FAILURE));

        assertThat(missing.facts())
                .containsEntry(Facts.EXIT_CODE, "1")
                .containsEntry(Facts.STDOUT, "")
                .containsEntry(Facts.STDERR, "exec: \"no-such-cmd\": executable file not found in $PATH\n");
        assertThat(forbidden.facts()).containsEntry(Facts.STDERR, "fork/exec /etc/passwd: permission denied\n");
    }

    @Test
    void standardInputIsTheTextOrEmpty() throws Exception {
        assertThat(stdout(Execs.command("cat").stdin("hello"))).isEqualTo("hello");
        assertThat(stdout(Execs.command("cat"))).isEmpty();
    }

    @Test
    void redirectsReadAndCopyFilesOfTheContainer() throws Exception {
        Output output = run(Execs.shell("cat; echo oops >&2").user("bob").redirects("/etc/group", "/out", "/err"));

        Path root = snapshotter.directory(output.outputs().getFirst());
        assertThat(root.resolve("out")).hasContent(output.facts().get(Facts.STDOUT));
        assertThat(root.resolve("err")).hasContent("oops\n");
        assertThat(Files.getAttribute(root.resolve("out"), "unix:mode")).isEqualTo(0100600);
        assertThat(Files.getAttribute(root.resolve("out"), "unix:uid")).isEqualTo(1000);
        assertThat(Files.getAttribute(root.resolve("out"), "unix:gid")).isEqualTo(1001);
    }

    @Test
    void userAndGroupsComeFromTheTree() throws Exception {
        assertThat(stdout(Execs.shell("id -u; id -g; id -G; echo $HOME").user("bob")))
                .isEqualTo("1000\n1001\n1001 10\n/home/bob\n");
        assertThat(stdout(Execs.shell("id -u; id -G").user("bob:wheel"))).isEqualTo("1000\n10\n");
        assertThat(stdout(Execs.shell("id -u; id -g").user("4711:12"))).isEqualTo("4711\n12\n");
        assertThatThrownBy(() -> run(Execs.command("id").user("nosuchuser")))
                .isInstanceOf(ExecFailure.class)
                .hasMessage("get user: unable to find user nosuchuser: no matching entries in passwd file");
    }

    @Test
    void anAccountFileThatIsALinkOutOfTheTreeIsNotFollowedOut() throws Exception {
        Path root = snapshotter.create("base");
        Files.delete(root.resolve("etc/passwd"));
        Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of("../../../../../../../etc/passwd"));

        assertThatThrownBy(() -> run(Execs.command("id").user("daemon")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too many levels of symbolic links");
    }

    @Test
    void environmentIsWhatWasAskedForAndNothingOfTheDaemon() throws Exception {
        assertThat(stdout(Execs.command("env").env("A=1").env("B=x y")).lines())
                .containsExactlyInAnyOrder(
                        "A=1",
                        "B=x y",
                        "HOME=/root",
                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    @Test
    void asMuchEnvironmentAsIsTakenReachesTheCommand() throws Exception {
        int each = 100_000;
        // PATH, HOME and the command need some too
        int left = (int) environment.argumentSize().total() - 500;
        Execs exec = Execs.command("true");
        for (int i = 100; left > 0; i++) {
            int size = Math.min(left, each);
            exec = exec.env("V" + i + "=" + "x".repeat(Math.max(0, size - 14)));
            left -= size;
        }
        assertThat(run(exec).facts()).containsEntry(Facts.EXIT_CODE, "0");

        Execs more = exec.env("MORE=" + "x".repeat(1000));
        assertThatThrownBy(() -> run(more)).hasMessageContaining("environment variables of true have");
    }

    @Test
    void theWorkingDirectoryIsMadeForItsUser() throws Exception {
        Output output = run(Execs.shell("pwd; touch mine").cwd("/place/here").user("bob"));

        Path made = snapshotter.directory(output.outputs().getFirst()).resolve("place/here");
        assertThat(output.facts()).containsEntry(Facts.STDOUT, "/place/here\n");
        assertThat(Files.getAttribute(made, "unix:uid")).isEqualTo(1000);
        assertThat(made.resolve("mine")).exists();
    }

    @Test
    void initIsTheFirstProcessAndReapsOrphans() throws Exception {
        String ps = stdout(Execs.shell("(sleep 0.1 &) ; (true &); sleep 0.4; ps -o pid,stat,comm; cat /proc/1/comm"));

        assertThat(ps).endsWith("init\n").doesNotContain(" Z");
        assertThat(stdout(Execs.shell("echo $$").noInit())).isEqualTo("1\n");
    }

    @Test
    void namespacesAreItsOwn() throws Exception {
        assertThat(stdout(Execs.command("hostname"))).isEqualTo("dagger\n");
        assertThat(stdout(Execs.shell("ip -o link; ls /sys/class/net")))
                .contains("lo")
                .doesNotContain("eth");
        assertThat(stdout(Execs.shell("ip -o link show lo"))).contains("UP");
        assertThat(stdout(Execs.shell("ls /proc/self/fd"))).isEqualTo("0\n1\n2\n3\n");
    }

    @Test
    void secretsAreThereInsideAndMaskedOutside() throws Exception {
        Execs exec = Execs.shell(
                        "cat /run/tok; echo; echo [$TOK]; stat -c '%a %u %g' /run/tok; printf s3cr; sleep 0.1; printf"
                                + " 3t-value")
                .secretEnv("TOK", "handle")
                .mount(new ExecMount.Secret("/run/tok", "handle", 0400, 1000, 1001))
                .user("bob");

        Output output = run(exec);

        assertThat(output.facts()).containsEntry(Facts.STDOUT, "***\n[***]\n400 1000 1001\n***");
        assertThat(output.facts().toString()).doesNotContain(SECRET);
        assertThat(snapshotter.directory(output.outputs().getFirst()).resolve("run"))
                .doesNotExist();
    }

    @Test
    void treesAreMountedReadOnlyOrBecomeOutputs() throws Exception {
        Path tree = snapshotter.create("tree");
        Files.createDirectories(tree.resolve("sub"));
        Files.writeString(tree.resolve("sub/file"), "old");
        Snapshot base = DirectorySnapshotter.snapshot("base");
        Snapshot other = DirectorySnapshotter.snapshot("tree");

        Output output = run(
                Execs.shell("cat /ro/file; echo new > /rw/sub/file; echo x > /ro/file || echo refused")
                        .mount(new ExecMount.Tree("/ro", 1, "sub", Optional.empty()))
                        .mount(new ExecMount.Tree("/rw", 1, "", Optional.of(1))),
                base,
                other);

        assertThat(output.facts()).containsEntry(Facts.STDOUT, "oldrefused\n");
        assertThat(output.outputs()).hasSize(2);
        assertThat(snapshotter.directory(output.outputs().get(1)).resolve("sub/file"))
                .hasContent("new\n");
        assertThat(tree.resolve("sub/file")).hasContent("old");
        assertThat(snapshotter.directory(output.outputs().getFirst()).resolve("ro"))
                .doesNotExist();
    }

    @Test
    void aSubPathCannotLeaveItsTree() throws Exception {
        Path tree = snapshotter.create("tree");
        Files.createSymbolicLink(tree.resolve("evil"), Path.of("/../../../../etc"));
        Files.createDirectories(tree.resolve("etc"));
        Files.writeString(tree.resolve("etc/inside"), "inside");

        Output output = run(
                Execs.shell("ls /m").mount(new ExecMount.Tree("/m", 1, "evil/../evil", Optional.empty())),
                DirectorySnapshotter.snapshot("base"),
                DirectorySnapshotter.snapshot("tree"));

        assertThat(output.facts()).containsEntry(Facts.STDOUT, "inside\n");
    }

    @Test
    void mountsLeaveNoTraceInTheTree() throws Exception {
        Path base = snapshotter.create("base");
        FileTime old = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(base.resolve("etc"), old);
        Files.setLastModifiedTime(base, old);

        Output output = run(Execs.command("true").mount(new ExecMount.Temp("/deep/down/tmp", 1 << 20)));

        Path root = snapshotter.directory(output.outputs().getFirst());
        try (var names = Files.list(root)) {
            assertThat(names.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("bin", "etc");
        }
        assertThat(root.resolve("etc/resolv.conf")).doesNotExist();
        assertThat(Files.getLastModifiedTime(root)).isEqualTo(old);
        assertThat(Files.getLastModifiedTime(root.resolve("etc"))).isEqualTo(old);
    }

    @Test
    void cacheVolumesKeepWhatIsWritten() throws Exception {
        var volumeA = new ExecMount.Cache("/a", Digest.of("a"), true, Optional.empty(), "1000:1000");
        var volumeB = new ExecMount.Cache("/b", Digest.of("b"), true, Optional.empty(), "");
        run(Execs.shell("echo x >> /b/log").mount(volumeA).mount(volumeB));
        run(Execs.shell("echo y >> /b/log").mount(volumeB).mount(volumeA));
        assertThat(stdout(
                        Execs.shell("cat /b/log; stat -c %u /a").mount(volumeA).mount(volumeB)))
                .isEqualTo("x\ny\n1000\n");
    }

    @Test
    void longOutputGoesToBlobs() throws Exception {
        long bytes = Long.getLong("exec.output.bytes", 64L << 20);
        ExecOp op = Execs.shell("yes 0123456789abcdef | head -c " + bytes).op();
        var run = new FakeRun(op);

        Output output = runner.run(op, List.of(DirectorySnapshotter.snapshot("base")), run);

        Digest blob = Digest.parse(output.facts().getOrDefault(Facts.STDOUT_BLOB, "nothing"));
        assertThat(output.blobs()).contains(blob);
        assertThat(snapshotter.blobs().size(blob)).hasValue(bytes);
        assertThat(run.outputBytes()).isEqualTo(bytes);
        assertThat(output.facts().get(Facts.COMBINED_BLOB)).isEqualTo(blob.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100_000})
    void combinedOutputIsWhatBothStreamsWroteInTurn(int bytes) throws Exception {
        String out = "yes o | head -c " + bytes;
        ExecOp op = Execs.shell(out + "; sleep 0.3; echo err >&2; sleep 0.3; " + out)
                .op();

        Output output = runner.run(op, List.of(DirectorySnapshotter.snapshot("base")), new FakeRun(op));

        String part = "o\n".repeat(bytes / 2);
        assertThat(combined(output)).isEqualTo(part + "err\n" + part);
        assertThat(output.facts().get(Facts.STDERR)).isEqualTo("err\n");
    }

    @Test
    void combinedOutputOfTheErrorStreamAloneIsThat() throws Exception {
        Output output = run(Execs.shell("echo err >&2"));

        assertThat(output.facts().get(Facts.COMBINED)).isEqualTo("err\n");
        assertThat(output.facts().get(Facts.STDOUT)).isEmpty();
    }

    private String combined(Output output) throws IOException {
        String blob = output.facts().get(Facts.COMBINED_BLOB);
        if (blob == null) {
            return output.facts().getOrDefault(Facts.COMBINED, "nothing");
        }
        assertThat(output.blobs()).contains(Digest.parse(blob));
        try (var stream = snapshotter.blobs().open(Digest.parse(blob), 0)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void cancellingEndsEverythingAtAnyMoment() throws Exception {
        for (int delay : List.of(0, 3, 10, 30, 300)) {
            ExecOp op =
                    Execs.shell("trap '' TERM INT; (sleep 1000 &); sleep 1000").op();
            var run = new FakeRun(op);
            var task = new FutureTask<>(() -> runner.run(op, List.of(DirectorySnapshotter.snapshot("base")), run));
            Thread.ofVirtual().start(task);
            Thread.sleep(delay);

            long start = System.nanoTime();
            run.cancel();

            assertThatThrownBy(task::get).as("cancelled after %d ms", delay).hasCauseInstanceOf(Exception.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
            await().atMost(Duration.ofSeconds(2))
                    .until(() -> environment.executions().isEmpty());
        }
    }

    @Test
    void theReaperEndsWhatADeadDaemonLeft() throws Exception {
        ExecOp op = Execs.command("sleep", "1000").op();
        var task =
                new FutureTask<>(() -> runner.run(op, List.of(DirectorySnapshotter.snapshot("base")), new FakeRun(op)));
        Thread.ofVirtual().start(task);
        await().until(() -> !environment.executions().isEmpty()
                && environment
                                .cgroups()
                                .find(environment.executions().getFirst())
                                .processes()
                                .size()
                        >= 2);

        assertThat(ExecReaper.reap(directory)).isPositive();

        assertThatThrownBy(task::get).hasCauseInstanceOf(Exception.class);
    }

    @Test
    void lateCancellationDoesNotReachTheNextExecutionOnTheSameThread() throws Exception {
        ExecOp broken =
                Execs.command("true").stdin("x").redirects("/in", "", "").op();
        var failed = new FakeRun(broken);
        assertThatThrownBy(() -> runner.run(broken, List.of(DirectorySnapshotter.snapshot("base")), failed))
                .hasMessageContaining("cannot set both");

        ExecOp next = Execs.shell("echo one; sleep 0.2; echo two").op();
        var run = new FakeRun(next).listening(bytes -> failed.cancel());
        Output output = runner.run(next, List.of(DirectorySnapshotter.snapshot("base")), run);

        assertThat(output.facts()).containsEntry(Facts.STDOUT, "one\ntwo\n");
    }

    @Test
    void whatWaitsForTheNextExecutionIsReplacedIfItWasEnded() throws Exception {
        run(Execs.command("true"));
        // the one that every execution finds, and one for the first, which found none
        await().until(() -> environment.launches().waiting().size() == 2);
        String next = environment.launches().waiting().getFirst();

        ControlGroup group = environment.cgroups().find(next);
        await().until(() -> !group.isEmpty());
        group.destroy(Duration.ofSeconds(5));
        await().until(() -> !environment.launches().waiting().contains(next));

        assertThat(stdout(Execs.shell("echo again"))).isEqualTo("again\n");
        await().untilAsserted(() ->
                assertThat(environment.launches().waiting()).isNotEmpty().doesNotContain(next));
    }

    @Test
    void asManyAreMadeReadyAsWereMissingAndOneStaysWhenNobodyCalls() throws Exception {
        try (var background = Executors.newFixedThreadPool(2);
                var launches = new Launches(() -> environment.launch(true), background, Duration.ofSeconds(3))) {
            for (Launch each : List.of(launches.take(), launches.take(), launches.take())) {
                each.close();
            }
            await().until(() -> launches.waiting().size() >= 3);
            await().until(() -> launches.waiting().size() == 1);

            String last = launches.waiting().getFirst();
            try (Launch taken = launches.take()) {
                assertThat(taken.bundle().id()).isEqualTo(last);
            }
        }
    }

    @Test
    void runtimeIsStartedAsACopyThatNobodyCanWriteTo() throws Exception {
        RuntimeProgram program = environment.runtime().program();
        assertThat(program.copy()).isPresent();
        assertThat(Files.readSymbolicLink(program.path()).toString()).startsWith("/proc/");
        assertThatThrownBy(() -> Files.write(program.path(), new byte[1], StandardOpenOption.WRITE))
                .hasMessageContaining("Operation not permitted");
    }

    @Test
    void programThatCannotBeCopiedIsNoRuntime() {
        assertThat(RuntimeProgram.sealed(directory.resolve("missing"), directory))
                .isEmpty();
    }

    @Test
    void whatWaitsForTheNextExecutionEndsWithTheDaemon() throws Exception {
        OciRuntime runtime = environment.runtime();
        try (Bundle bundle = Bundle.create(environment.run())) {
            ControlGroup group = runtime.cgroup(environment.cgroups(), bundle.id());
            Process process = new ProcessBuilder(runtime.waitingCommand(bundle, group, Optional.empty())).start();
            try {
                await().until(() -> !group.isEmpty());
                process.getOutputStream().close();

                assertThat(process.waitFor()).isNotZero();
                assertThat(group.isEmpty()).isTrue();
                assertThat(bundle.log()).doesNotExist();
            } finally {
                process.destroyForcibly();
                group.destroy(Duration.ofSeconds(5));
            }
        }
    }
}
