package org.buildengine.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Something that an engine wants of a machine.
 *
 * @param name what it is
 * @param met whether the machine has it
 * @param needed whether no engine can run without it
 * @param otherwise what it is like without it
 * @param remedy how to get it
 */
record Requirement(String name, boolean met, boolean needed, String otherwise, Remedy remedy) {
    private static final List<Path> DIRECTORIES = Stream.concat(
                    Stream.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"),
                    Stream.of(System.getenv().getOrDefault("PATH", "").split(":")))
            .filter(directory -> directory.startsWith("/"))
            .map(Path::of)
            .distinct()
            .toList();

    /** How something that is missing comes to a machine. */
    sealed interface Remedy {
        /** By a package of the distribution. */
        record Install(String name) implements Remedy {}

        /** By a command of its own. */
        record Run(String command) implements Remedy {}
    }

    /** All of them, looked at now. */
    static List<Requirement> all() throws IOException {
        String filesystems = Files.readString(Path.of("/proc/filesystems"), StandardCharsets.UTF_8);
        return List.of(
                new Requirement(
                        "the rights of root",
                        Files.isWritable(Path.of("/proc/sys/kernel/hostname"))
                                && System.getenv("ENGINE_MOUNT_NAMESPACE") != null,
                        true,
                        "the daemon mounts file systems and starts containers; in a container of its own it needs"
                                + " CAP_SYS_ADMIN (--privileged)",
                        new Remedy.Run("sudo " + Path.of(System.getProperty("engine.home", "."), "bin", "engine")
                                + " doctor")),
                new Requirement(
                        "an OCI runtime",
                        has("crun") || has("runc"),
                        true,
                        "nothing can run the container of a step",
                        new Remedy.Install("crun")),
                new Requirement(
                        "crun", has("crun"), false, "runc takes several times as long", new Remedy.Install("crun")),
                new Requirement(
                        "tini-static",
                        has("tini-static"),
                        true,
                        "it is the first process of a step, and reaps the others",
                        new Remedy.Install("tini")),
                new Requirement(
                        "unshare",
                        has("unshare"),
                        true,
                        "the daemon starts in a mount namespace of its own",
                        new Remedy.Install("util-linux")),
                new Requirement(
                        "overlay file system",
                        filesystems.contains("\toverlay\n"),
                        true,
                        "steps cannot write over the layers of their images",
                        new Remedy.Run("modprobe overlay")),
                new Requirement(
                        "EROFS file system",
                        filesystems.contains("\terofs\n"),
                        false,
                        "layers are kept as plain directories, which takes longer",
                        new Remedy.Run("modprobe erofs")),
                new Requirement(
                        "control groups",
                        Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"))
                                || Files.exists(Path.of("/sys/fs/cgroup/unified"))
                                || Files.exists(Path.of("/sys/fs/cgroup/memory")),
                        true,
                        "nothing would end all processes of a step",
                        new Remedy.Run("mount -t cgroup2 none /sys/fs/cgroup")));
    }

    private static boolean has(String command) {
        return DIRECTORIES.stream().anyMatch(directory -> Files.isExecutable(directory.resolve(command)));
    }

    /** The commands that bring what is not met, one per line of a shell. */
    static List<String> remedies(List<Requirement> requirements) {
        var packages = new ArrayList<String>();
        var commands = new ArrayList<String>();
        for (Requirement requirement : requirements) {
            if (requirement.met()) {
                continue;
            }
            switch (requirement.remedy()) {
                case Remedy.Install install -> packages.add(install.name());
                case Remedy.Run run -> commands.add(run.command());
            }
        }
        if (!packages.isEmpty()) {
            String names = String.join(" ", packages.stream().distinct().toList());
            commands.addFirst("apt-get update && apt-get install --yes " + names);
        }
        return commands;
    }
}
