package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.buildengine.server.Checkup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code engine doctor}: what this machine lacks for running an engine, and how to get it. */
@Command(
        name = "doctor",
        description = "Says what this machine lacks for running an engine, and how to get it.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DoctorCommand implements Callable<Integer> {
    private static final List<Path> DIRECTORIES = Stream.concat(
                    Stream.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"),
                    Stream.of(System.getenv().getOrDefault("PATH", "").split(":")))
            .filter(directory -> directory.startsWith("/"))
            .map(Path::of)
            .distinct()
            .toList();

    /** What an engine can do without, as long as something else works in its place. */
    private static final List<String> REPLACEABLE = List.of("crun", "runc", "network bridge");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /**
     * One thing that was looked at.
     *
     * @param fine whether it is as it should be
     * @param needed whether the engine does not work without it
     * @param subject what it is
     * @param advice what to do when it is not fine
     */
    record Finding(boolean fine, boolean needed, String subject, String advice) {}

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        List<Finding> findings = findings();
        for (Finding finding : findings) {
            String mark = finding.fine() ? "ok     " : finding.needed() ? "MISSING" : "absent ";
            out.println(mark + "  " + finding.subject() + (finding.fine() ? "" : ": " + finding.advice()));
        }
        boolean works = findings.stream().allMatch(finding -> finding.fine() || !finding.needed());
        if (works) {
            works = tryOut(out);
        }
        out.println(works ? "This machine can run an engine." : "This machine cannot run an engine yet.");
        return works ? 0 : 1;
    }

    /** Does what a daemon would do; what does not work is no harm as long as something else does in its place. */
    private static boolean tryOut(PrintWriter out) throws IOException {
        Path scratch = Files.createTempDirectory("engine-doctor");
        try {
            boolean works = true;
            for (Checkup.Finding finding : Checkup.examine(scratch)) {
                out.println(
                        (finding.works() ? "ok     " : "FAILS  ") + "  " + finding.subject() + ": " + finding.detail());
                works &= finding.works() || REPLACEABLE.stream().anyMatch(finding.subject()::startsWith);
            }
            return works;
        } finally {
            remove(scratch);
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static List<Finding> findings() throws IOException {
        boolean root = Files.isWritable(Path.of("/proc/sys/kernel/hostname"));
        String filesystems = Files.readString(Path.of("/proc/filesystems"), StandardCharsets.UTF_8);
        return List.of(
                new Finding(root, true, "root", "run as root; the daemon mounts file systems and starts containers"),
                new Finding(has("crun") || has("runc"), true, "an OCI runtime", "apt-get install crun (or runc)"),
                new Finding(has("crun"), false, "crun", "apt-get install crun; it is several times faster than runc"),
                new Finding(
                        has("tini-static"), false, "tini-static", "apt-get install tini; it reaps zombies in steps"),
                new Finding(has("unshare"), true, "unshare", "apt-get install util-linux"),
                new Finding(filesystems.contains("\toverlay\n"), true, "overlay file system", "modprobe overlay"),
                new Finding(
                        filesystems.contains("\terofs\n"),
                        false,
                        "EROFS file system",
                        "modprobe erofs; without it layers are plain directories"),
                new Finding(
                        Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"))
                                || Files.exists(Path.of("/sys/fs/cgroup/unified"))
                                || Files.exists(Path.of("/sys/fs/cgroup/memory")),
                        true,
                        "control groups",
                        "mount -t cgroup2 none /sys/fs/cgroup"));
    }

    private static boolean has(String command) {
        return DIRECTORIES.stream().anyMatch(directory -> Files.isExecutable(directory.resolve(command)));
    }
}
