package org.buildengine.server.memory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.linux.KernelFile;
import org.jspecify.annotations.Nullable;

/**
 * The files in which the kernel says how much memory there is: {@code /proc/meminfo}, and those of each cgroup from the one that
 * holds this process upwards, of version 1 or 2 ({@code Documentation/admin-guide/cgroup-v2.rst} and {@code
 * cgroup-v1/memory.rst}). They stay open, because the daemon may cover the place where they lie. For one thread at a time.
 */
final class MemoryFiles implements MemoryHeadroom.Source {
    /** A limit of version 1 above this is none: the kernel then says the largest multiple of a page. */
    private static final long NO_LIMIT = 1L << 60;

    private final KernelFile machine;
    private final List<Group> groups;

    private MemoryFiles(KernelFile machine, List<Group> groups) {
        this.machine = machine;
        this.groups = List.copyOf(groups);
    }

    /** The files of a cgroup. The fields of its statistics are those of pages that can be had without harm. */
    private record Group(
            String name, KernelFile limit, KernelFile used, KernelFile statistics, List<String> reclaimable) {}

    /** How a version of cgroups calls its files. */
    private record Version(String limit, String used, List<String> reclaimable) {
        static final Version ONE = new Version(
                "memory.limit_in_bytes", "memory.usage_in_bytes", List.of("total_inactive_file", "total_active_file"));
        static final Version TWO = new Version(
                "memory.max", "memory.current", List.of("inactive_file", "active_file", "slab_reclaimable"));
    }

    /**
     * Opens what there is.
     *
     * @param proc where the kernel's file system of processes is
     * @param root where absolute paths begin that it names
     */
    static MemoryFiles open(Path proc, Path root) throws IOException {
        var machine = KernelFile.open(proc.resolve("meminfo"));
        var groups = new ArrayList<Group>();
        try {
            Map<String, String> paths = paths(proc.resolve("self/cgroup"));
            for (String line : Files.readAllLines(proc.resolve("self/mountinfo"))) {
                Mount mount = Mount.parse(line);
                if (mount.type.equals("cgroup2")) {
                    openAll(Version.TWO, mount, paths.get(""), root, groups);
                } else if (mount.isOldMemory()) {
                    openAll(Version.ONE, mount, paths.get("memory"), root, groups);
                }
            }
            return new MemoryFiles(machine, groups);
        } catch (IOException | RuntimeException e) {
            machine.close();
            closeAll(groups);
            throw e;
        }
    }

    /** The cgroup of this process by controller; that of version 2 has an empty one. */
    private static Map<String, String> paths(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.split(":", 3))
                .filter(parts -> parts.length == 3)
                .flatMap(parts -> Arrays.stream(parts[1].split(",")).map(controller -> Map.entry(controller, parts[2])))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (first, _) -> first));
    }

    /** One line of {@code /proc/self/mountinfo}; see proc_pid_mountinfo(5). */
    private record Mount(String part, String point, String type, List<String> options) {
        static Mount parse(String line) {
            String[] fields = line.split(" ");
            int dash = Arrays.asList(fields).indexOf("-");
            return new Mount(fields[3], fields[4], fields[dash + 1], List.of(fields[dash + 3].split(",")));
        }

        /** Where it is, below where absolute paths begin. */
        Path top(Path root) {
            return root.resolve(point.substring(1));
        }

        /** The directory of a cgroup; what is mounted may be a part of the hierarchy that this process is in. */
        Path group(Path top, String path) {
            String below = part.equals("/") ? path : path.startsWith(part) ? path.substring(part.length()) : "";
            return top.resolve(below.replaceFirst("^/+", "")).normalize();
        }

        /** Whether it is the hierarchy of version 1 that controls memory. */
        boolean isOldMemory() {
            return type.equals("cgroup") && options.contains("memory");
        }
    }

    private static void openAll(Version version, Mount mount, @Nullable String path, Path root, List<Group> into)
            throws IOException {
        if (path == null) {
            return;
        }
        Path top = mount.top(root);
        @Nullable Path group = mount.group(top, path);
        while (group != null && group.startsWith(top)) {
            if (Files.isReadable(group.resolve(version.limit)) && Files.isReadable(group.resolve(version.used))) {
                into.add(new Group(
                        "/" + top.relativize(group),
                        file(group, version.limit),
                        file(group, version.used),
                        file(group, "memory.stat"),
                        version.reclaimable));
            }
            group = group.getParent();
        }
    }

    /**
     * The cgroup of version 1 that holds this process, which counts the processes that the kernel ended in it.
     *
     * @param kills the file that counts them
     * @param most the file that says how many bytes it took at most
     * @param limits the files that say how many bytes it and those above it may take
     */
    record Counted(KernelFile kills, KernelFile most, List<KernelFile> limits) implements Closeable {
        Counted {
            limits = List.copyOf(limits);
        }

        long mostBytes() throws IOException {
            return Long.parseLong(most.text().strip());
        }

        /** The smallest limit; empty if there is none. */
        Optional<Long> limitBytes() throws IOException {
            long smallest = NO_LIMIT;
            for (KernelFile limit : limits) {
                smallest = Math.min(smallest, Long.parseLong(limit.text().strip()));
            }
            return smallest == NO_LIMIT ? Optional.empty() : Optional.of(smallest);
        }

        @Override
        public void close() throws IOException {
            kills.close();
            most.close();
            for (KernelFile limit : limits) {
                limit.close();
            }
        }
    }

    /** The cgroup of version 1 that holds this process, if memory is controlled by one that counts. */
    static Optional<Counted> ownOfVersionOne(Path proc, Path root) throws IOException {
        String path = paths(proc.resolve("self/cgroup")).get("memory");
        if (path == null) {
            return Optional.empty();
        }
        for (String line : Files.readAllLines(proc.resolve("self/mountinfo"))) {
            Mount mount = Mount.parse(line);
            if (mount.isOldMemory()) {
                Path top = mount.top(root);
                return counted(mount.group(top, path), top);
            }
        }
        return Optional.empty();
    }

    private static Optional<Counted> counted(Path own, Path top) throws IOException {
        if (!Files.isReadable(own.resolve("memory.oom_control"))) {
            return Optional.empty();
        }
        var limits = new ArrayList<KernelFile>();
        for (@Nullable Path group = own; group != null && group.startsWith(top); group = group.getParent()) {
            if (Files.isReadable(group.resolve(Version.ONE.limit))) {
                limits.add(file(group, Version.ONE.limit));
            }
        }
        return Optional.of(
                new Counted(file(own, "memory.oom_control"), file(own, "memory.max_usage_in_bytes"), limits));
    }

    /** A number in a file of names and numbers. */
    static long count(KernelFile file, String name) throws IOException {
        return field(file.text(), name);
    }

    private static KernelFile file(Path group, String name) throws IOException {
        return KernelFile.open(group.resolve(name));
    }

    /** What they say now: of the machine, and of each cgroup that has a limit. */
    @Override
    public List<Memory> read() throws IOException {
        var all = new ArrayList<Memory>();
        all.add(new Memory(
                "of the machine",
                1024 * field(machine.text(), "MemAvailable:"),
                1024 * field(machine.text(), "MemTotal:")));
        for (Group group : groups) {
            limited(group).ifPresent(all::add);
        }
        return all;
    }

    private static Optional<Memory> limited(Group group) throws IOException {
        String limit = group.limit.text().strip();
        if (limit.equals("max") || Long.parseLong(limit) >= NO_LIMIT) {
            return Optional.empty();
        }
        long total = Long.parseLong(limit);
        long taken = Long.parseLong(group.used.text().strip());
        String statistics = group.statistics.text();
        for (String name : group.reclaimable) {
            taken -= field(statistics, name);
        }
        return Optional.of(new Memory("of cgroup " + group.name, total - Math.max(0, taken), total));
    }

    private static long field(String text, String name) throws IOException {
        for (String line : text.lines().toList()) {
            String[] parts = line.strip().split("\\s+", 3);
            if (parts.length >= 2 && parts[0].equals(name)) {
                return Long.parseLong(parts[1]);
            }
        }
        throw new IOException("the kernel does not say " + name);
    }

    @Override
    public void close() throws IOException {
        machine.close();
        closeAll(groups);
    }

    private static void closeAll(List<Group> groups) throws IOException {
        for (Group group : groups) {
            group.limit.close();
            group.used.close();
            group.statistics.close();
        }
    }
}
