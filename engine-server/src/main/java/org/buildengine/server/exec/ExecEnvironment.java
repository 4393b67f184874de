package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.memory.MemoryKills;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.linux.TreeRemoval;

/**
 * What executions need of the host, found once at the start of the daemon: a directory in memory, cgroups, a runtime
 * that was seen to run a container. Opening it ends what a daemon that died left running, so it comes before the store
 * is opened. Safe for several threads.
 */
public final class ExecEnvironment implements AutoCloseable {
    private static final Duration REAP_DEADLINE = Duration.ofSeconds(10);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(20);
    private static final Duration LAUNCHES_IDLE = Duration.ofSeconds(10);
    private static final int BACKGROUND_THREADS = 2;
    private static final System.Logger LOG = System.getLogger(ExecEnvironment.class.getName());
    /** Variable that holds the number of a descriptor of the mount namespace that the launcher was started in. */
    private static final String CALLERS_NAMESPACE = "ENGINE_MOUNT_NAMESPACE";

    private final ExecSettings settings;
    private final Path run;
    private final boolean ownMounts;
    private final ControlGroups cgroups;
    private final MemoryKills memoryKills;
    private final HostFacts host;
    private final ArgumentSize argumentSize;
    private final Path underlay;
    private final SpecBuilder specs;
    private final Identities identities = new Identities();
    private final List<Finding> findings;
    private final Optional<OciRuntime> runtime;
    private final ExecutorService background = Executors.newFixedThreadPool(
            BACKGROUND_THREADS, Thread.ofPlatform().name("exec-", 0).daemon().factory());
    private final Launches launches = new Launches(() -> prepare(true), background, LAUNCHES_IDLE);

    private ExecEnvironment(
            ExecSettings settings, Path run, ControlGroups cgroups, MemoryKills memoryKills, boolean ownMounts)
            throws IOException {
        this.settings = settings;
        this.run = run;
        this.ownMounts = ownMounts;
        this.cgroups = cgroups;
        this.memoryKills = memoryKills;
        this.underlay = Underlay.create(run);
        this.host = HostFacts.read();
        this.argumentSize = ArgumentSize.forStack(host.stack());
        var plain = new SpecBuilder(host);
        var found = new ArrayList<Finding>();
        var probe = new RuntimeProbe(settings, run, cgroups, plain, ownMounts);
        this.runtime = probe.choose(found);
        this.specs = runtime.flatMap(probe::compiledFilter)
                .map(plain::withCompiledFilter)
                .orElse(plain);
        this.findings = List.copyOf(found);
    }

    /**
     * One thing that was tried.
     *
     * @param subject what was tried, e.g. {@code crun in the engine's cgroup}
     * @param works whether it works
     * @param detail why not and what helps, or what it is
     */
    public record Finding(String subject, boolean works, String detail) {}

    /**
     * Looks at the host. Does not fail because no runtime works: {@link #findings} say why, and so does each execution.
     *
     * @param root root directory of the store, which the cgroups are named after
     */
    public static ExecEnvironment open(ExecSettings settings, Path root) throws IOException {
        boolean ownMounts = ownMounts();
        Path run = runDirectory(settings.runDirectory(), root, ownMounts);
        // before the next line covers the cgroups of the host
        MemoryKills memoryKills = MemoryKills.open();
        ControlGroups cgroups = ControlGroups.open(root, run, ownMounts);
        for (String leftover : cgroups.list()) {
            cgroups.find(leftover).destroy(REAP_DEADLINE);
            cgroups.removeTraces(leftover);
        }
        removeBundles(run);
        return new ExecEnvironment(settings, run, cgroups, memoryKills, ownMounts);
    }

    private static void removeBundles(Path run) throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(run, "exec-*")) {
            for (Path leftover : leftovers) {
                TreeRemoval.remove(leftover.toString());
            }
        }
    }

    /**
     * Whether what this process mounts is seen by nobody else. The launcher leaves a descriptor of the namespace that it
     * came from; without one, the first process of the system has the host's.
     */
    private static boolean ownMounts() throws IOException {
        String launchedFrom = System.getenv(CALLERS_NAMESPACE);
        Path hosts = launchedFrom == null ? Path.of("/proc/1/ns/mnt") : Path.of("/proc/self/fd", launchedFrom);
        Path mine = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt"));
        try {
            return !Files.readSymbolicLink(hosts).equals(mine);
        } catch (IOException e) {
            // Not allowed to look: then it is certainly not allowed to cover anything either.
            return false;
        }
    }

    private static Path runDirectory(Path wanted, Path root, boolean ownMounts) throws IOException {
        Path directory = privateDirectory(wanted);
        if (inMemory(directory)) {
            return directory;
        }
        if (ownMounts) {
            Shell.run(List.of(
                    "mount", "-t", "tmpfs", "-o", "mode=0700,nosuid,nodev", "build-engine", directory.toString()));
            return directory;
        }
        String name = "build-engine-"
                + Digest.of(root.toAbsolutePath().normalize().toString()).hex().substring(0, 12);
        Path shared = Path.of("/dev/shm");
        if (Files.isDirectory(shared) && inMemory(shared)) {
            return privateDirectory(shared.resolve(name));
        }
        throw new IOException(
                "no file system in memory for secrets: " + directory + " is on a disk, and without a mount"
                        + " namespace of its own the engine mounts nothing; start it through its launcher");
    }

    private static Path privateDirectory(Path directory) throws IOException {
        var rights = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        if (!Files.isDirectory(directory, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(directory, rights);
        }
        if (!Files.getAttribute(directory, "unix:uid", java.nio.file.LinkOption.NOFOLLOW_LINKS)
                .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            throw new IOException(directory + " belongs to somebody else");
        }
        Files.setPosixFilePermissions(directory, rights.value());
        return directory;
    }

    private static boolean inMemory(Path directory) throws IOException {
        return List.of("tmpfs", "ramfs").contains(Files.getFileStore(directory).type());
    }

    /** What was tried, in order; for {@code engine doctor}. */
    public List<Finding> findings() {
        return findings;
    }

    /** Name and manner of the runtime in use, for people. */
    public Optional<String> runtimeName() {
        return runtime.map(
                chosen -> chosen.kind().program() + " " + chosen.style().text());
    }

    OciRuntime runtime() throws IOException {
        return runtime.orElseThrow(() -> {
            var text = new StringBuilder("no OCI runtime works here; install crun or runc, or see engine doctor:");
            findings.stream()
                    .filter(f -> !f.works())
                    .forEach(f ->
                            text.append("\n  ").append(f.subject()).append(": ").append(f.detail()));
            return new IOException(text.toString());
        });
    }

    ExecSettings settings() {
        return settings;
    }

    Path run() {
        return run;
    }

    ArgumentSize argumentSize() {
        return argumentSize;
    }

    ControlGroups cgroups() {
        return cgroups;
    }

    /** What the kernel ended for want of memory; empty where the cgroup of an execution says it. */
    Optional<MemoryKills> memoryKills() {
        return cgroups.countMemory() ? Optional.empty() : Optional.of(memoryKills);
    }

    /** What lies below all layers of a container's root. */
    Path underlay() {
        return underlay;
    }

    SpecBuilder specs() {
        return specs;
    }

    Identities identities() {
        return identities;
    }

    /**
     * The start of an execution; the caller closes it.
     *
     * @param insecure whether no devices rule binds the execution
     */
    Launch launch(boolean insecure) throws IOException {
        return insecure ? prepare(false) : launches.take();
    }

    private Launch prepare(boolean bound) throws IOException {
        return Launch.prepare(runtime(), cgroups, run, bound ? cgroups.deviceGroup() : Optional.empty());
    }

    Launches launches() {
        return launches;
    }

    /** Closes what an execution that has ended does not need any more, later and without making anybody wait. */
    void closeLater(Closeable ended) {
        background.execute(() -> {
            try {
                ended.close();
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "an execution left something behind", e);
            }
        });
    }

    /** The executions that run, or whose end is still being cleared away. */
    List<String> executions() throws IOException {
        List<String> waiting = launches.waiting();
        return cgroups.list().stream().filter(id -> !waiting.contains(id)).toList();
    }

    /** Removes the cgroups, the files in memory and what was mounted. Executions must have ended. */
    @Override
    public void close() throws IOException {
        launches.close();
        background.shutdown();
        awaitBackground();
        cgroups.remove();
        removeBundles(run);
        if (runtime.isPresent()) {
            runtime.get().close();
        }
        TreeRemoval.remove(underlay.toString());
        memoryKills.close();
        if (ownMounts) {
            // What is no mount point is refused, which is fine.
            Shell.attempt(
                    List.of("umount", "-l", run.resolve(ControlGroups.DEVICES).toString()));
            Shell.attempt(List.of("umount", "-l", run.toString()));
        }
    }

    private void awaitBackground() {
        try {
            if (!background.awaitTermination(CLOSE_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "clearing away executions takes longer than {0}", CLOSE_DEADLINE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
