package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.buildengine.server.fixture.BusyboxTree;
import org.buildengine.server.fixture.DirectorySnapshotter;
import org.buildengine.server.fixture.Execs;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.network.NoNetwork;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.Facts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What keeps a step from the machine it runs on, tried from inside a step, with each runtime. */
@ParameterizedClass
@EnumSource(
        value = ExecSettings.RuntimeChoice.class,
        names = {"CRUN", "RUNC"})
class ContainerWallsIT {
    /** Docker's 14 capabilities as the kernel counts them; moby, {@code oci/caps/defaults.go}. */
    private static final long DOCKER = 0xa80425fbL;

    private static final long MKNOD = 1L << 27;

    private final ExecSettings.RuntimeChoice choice;

    @TempDir
    private Path directory;

    private DirectorySnapshotter snapshotter;
    private ExecEnvironment environment;

    ContainerWallsIT(ExecSettings.RuntimeChoice choice) {
        this.choice = choice;
    }

    @BeforeEach
    void openEnvironment() throws IOException {
        snapshotter = new DirectorySnapshotter(Files.createDirectory(directory.resolve("trees")));
        Path root = snapshotter.create("base");
        BusyboxTree.fill(
                root,
                List.of(
                        "sh",
                        "cat",
                        "chroot",
                        "dd",
                        "dmesg",
                        "echo",
                        "grep",
                        "hostname",
                        "ls",
                        "mkdir",
                        "mknod",
                        "mount",
                        "nsenter",
                        "pivot_root",
                        "rm",
                        "swapon",
                        "umount",
                        "unshare"));
        Files.writeString(root.resolve("etc/passwd"), "root:x:0:0::/:/bin/sh\nbob:x:1000:1000::/:/bin/sh\n");
        open(false);
    }

    /** Opens the environment, in place of the one that is open. */
    private void open(boolean allowInsecure) throws IOException {
        environment = ExecEnvironment.open(
                new ExecSettings(
                        choice,
                        new NoNetwork(),
                        allowInsecure,
                        Path.of("/usr/bin/tini-static"),
                        directory.resolve("run")),
                directory);
        assertThat(environment.runtimeName()).as("%s", environment.findings()).isPresent();
    }

    @AfterEach
    void close() throws IOException {
        await().atMost(Duration.ofSeconds(5))
                .until(() -> environment.executions().isEmpty());
        environment.close();
        assertThat(environment.cgroups().list()).isEmpty();
    }

    private String stdout(Execs exec) throws Exception {
        ExecOp op = exec.op();
        return new ExecRunner(environment, snapshotter)
                .run(op, List.of(DirectorySnapshotter.snapshot("base")), new FakeRun(op))
                .facts()
                .getOrDefault(Facts.STDOUT, "nothing");
    }

    private Map<String, String> status(Execs exec) throws Exception {
        var fields = new TreeMap<String, String>();
        stdout(exec).lines().forEach(line -> fields.put(line.split(":\\s*", 2)[0], line.split(":\\s*", 2)[1]));
        return fields;
    }

    private static long bits(Map<String, String> status, String field) {
        return Long.parseUnsignedLong(status.getOrDefault(field, "ffffffffffffffff"), 16);
    }

    @Test
    void capabilitiesAreDockersAndNoneIsInherited() throws Exception {
        Map<String, String> root = status(Execs.shell("grep -E '^Cap' /proc/self/status"));
        Map<String, String> bob =
                status(Execs.shell("grep -E '^Cap' /proc/self/status").user("bob"));

        // Without MKNOD where nothing would keep a node from being opened.
        assertThat(bits(root, "CapBnd") | MKNOD).isEqualTo(DOCKER);
        assertThat(bits(root, "CapEff")).isEqualTo(bits(root, "CapBnd"));
        assertThat(bits(root, "CapPrm")).isEqualTo(bits(root, "CapBnd"));
        assertThat(bits(bob, "CapBnd")).isEqualTo(bits(root, "CapBnd"));
        assertThat(List.of(
                        bits(root, "CapInh"),
                        bits(root, "CapAmb"),
                        bits(bob, "CapInh"),
                        bits(bob, "CapAmb"),
                        bits(bob, "CapEff"),
                        bits(bob, "CapPrm")))
                .containsOnly(0L);
    }

    @Test
    void theFilterOfSystemCallsIsOnForEveryUserAndPrivilegesCanBeGained() throws Exception {
        for (String user : List.of("root", "bob")) {
            assertThat(status(Execs.shell("grep -E '^(Seccomp|NoNewPrivs)' /proc/self/status")
                            .user(user)))
                    .containsEntry("Seccomp", "2")
                    .containsEntry("Seccomp_filters", "1")
                    .containsEntry("NoNewPrivs", "0");
        }
    }

    /** The kernel itself would let anybody make a user namespace, and in it everything else: only the filter refuses. */
    @Test
    void aUserNamespaceIsRefused() throws Exception {
        for (String user : List.of("root", "bob")) {
            assertThat(stdout(Execs.shell(
                                    "unshare -U true 2>&1 && echo done; unshare -U -r -m mount -t tmpfs none /etc 2>&1"
                                            + " && echo done; true")
                            .user(user)))
                    .contains("Operation not permitted")
                    .doesNotContain("done");
        }
    }

    @Test
    void administeringTheHostIsRefused() throws Exception {
        List<String> commands = List.of(
                "mount -t tmpfs none /etc",
                "mount -o remount,rw /sys",
                "mount -o bind /bin /etc",
                "umount /proc",
                "pivot_root / /etc",
                "unshare -m true",
                "unshare -n true",
                "unshare -p true",
                "nsenter -t 1 -m true",
                "hostname other",
                "dmesg",
                "swapon /bin/busybox");

        for (String answer : answers(commands, "%s 2>&1 && echo done")) {
            assertThat(answer)
                    .containsAnyOf("not permitted", "permission denied")
                    .doesNotContain("done");
        }
    }

    /** What a script answers for each of some words, tried one after another in one step. */
    private List<String> answers(List<String> words, String script) throws Exception {
        String all = words.stream()
                .map(word -> "echo '" + word + ": '; " + script.replace("%s", word) + "; echo ----;")
                .collect(Collectors.joining("\n"));
        List<String> answers = List.of(stdout(Execs.shell(all)).split("----\n"));
        assertThat(answers).hasSameSizeAs(words);
        return answers;
    }

    @Test
    void changingTheRootIsStillAllowed() throws Exception {
        assertThat(stdout(Execs.shell("chroot / /bin/echo inside"))).isEqualTo("inside\n");
    }

    @Test
    void maskedPathsAreEmpty() throws Exception {
        List<String> paths = List.of(
                "/proc/acpi",
                "/proc/asound",
                "/proc/interrupts",
                "/proc/kcore",
                "/proc/keys",
                "/proc/latency_stats",
                "/proc/sched_debug",
                "/proc/scsi",
                "/proc/timer_list",
                "/proc/timer_stats",
                "/sys/devices/virtual/powercap",
                "/sys/firmware");
        assertThat(Path.of("/proc/interrupts")).content().isNotEmpty();

        assertThat(
                        answers(
                                paths,
                                "if test -d %s; then ls -A %s; elif test -e %s; then cat %s | dd bs=64 count=1 2>/dev/null; fi"))
                .containsExactlyElementsOf(
                        paths.stream().map(path -> path + ": \n").toList());
    }

    @Test
    void settingsOfTheKernelCannotBeOpenedForWriting() throws Exception {
        List<String> paths = List.of(
                "/proc/sys/kernel/hostname",
                "/proc/sys/vm/drop_caches",
                "/proc/sysrq-trigger",
                "/proc/irq/default_smp_affinity",
                "/sys/kernel/uevent_helper",
                "/sys/kernel/mm/transparent_hugepage/enabled");

        assertThat(answers(
                        paths.stream()
                                .filter(path -> Files.exists(Path.of(path)))
                                .toList(),
                        "(: >> %s) 2>&1 && echo done"))
                .hasSizeGreaterThan(2)
                .allSatisfy(answer -> assertThat(answer)
                        .containsIgnoringCase("read-only file system")
                        .doesNotContain("done"));
    }

    @Test
    void onlyTheDevicesOfEveryContainerAreThere() throws Exception {
        assertThat(stdout(Execs.command("ls", "/dev")).lines())
                .contains("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm")
                .isSubsetOf(
                        "console", "core", "fd", "full", "init", "mqueue", "null", "ptmx", "pts", "random", "shm",
                        "stderr", "stdin", "stdout", "tty", "urandom", "zero");
        assertThat(stdout(Execs.shell("echo x > /dev/null && cat /dev/null && echo fine")))
                .isEqualTo("fine\n");
    }

    /** Memory, the kernel's log, fuse, loop control, a loop device, the first disk of a virtual machine and of others. */
    @Test
    void devicesOfTheHostAreRefusedWhereverTheirNodesAre() throws Exception {
        List<String> devices =
                List.of("c 1 1", "c 1 11", "c 10 229", "c 10 237", "b 7 0", "b 254 0", "b 8 0", "b 259 0");

        assertThat(answers(
                        devices,
                        "for node in /dev/x /y; do rm -f $node; mknod $node %s 2>&1 && (: < $node) 2>&1 && echo opened;"
                                + " done"))
                .allSatisfy(answer ->
                        assertThat(answer).containsIgnoringCase("not permitted").doesNotContain("opened"));
    }

    @Test
    void allRightsAreRefusedUnlessTheDaemonAllowsThem() {
        assertThatThrownBy(() -> stdout(Execs.command("echo", "ran").insecure()))
                .isInstanceOf(IOException.class)
                .hasMessage("insecureRootCapabilities is not allowed by this engine, because such a step is root on the"
                        + " engine's machine; whoever runs the engine can allow it: engine serve --allow-insecure");
    }

    @Test
    void allRightsAreThoseOfTheDaemonWhereItAllowsThem() throws Exception {
        environment.close();
        open(true);

        Map<String, String> status = status(
                Execs.shell("grep -E '^(CapEff|Seccomp):' /proc/self/status").insecure());

        assertThat(status).containsEntry("Seccomp", "0");
        assertThat(Long.toHexString(bits(status, "CapEff")))
                .isEqualTo(Long.toHexString(HostFacts.read().capabilities()));
        assertThat(stdout(Execs.shell("mount -t tmpfs none /etc && echo mounted;"
                                + " test -r /dev/kmsg && (: >> /proc/sys/vm/drop_caches) && echo open")
                        .insecure()))
                .startsWith("mounted\n")
                .endsWith("open\n");
        assertThat(bits(status(Execs.shell("grep CapBnd /proc/self/status")), "CapBnd") | MKNOD)
                .isEqualTo(DOCKER);
    }
}
