package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;

/**
 * The host's cgroups as the daemon uses them: a parent of its own, per store, with one cgroup per execution. Looked at
 * once at start.
 *
 * <p>Where the host mixes both versions, the daemon's own mount namespace gets a view of version 2 alone, because crun
 * wants that; the devices hierarchy of version 1 is kept reachable under the run directory, because only it can hold the
 * devices rule of a container then.
 */
public final class ControlGroups {
    private static final System.Logger LOG = System.getLogger(ControlGroups.class.getName());
    private static final Path STANDARD = Path.of("/sys/fs/cgroup");
    private static final String PARENT = "build-engine";
    /** Where the devices hierarchy is mounted below the run directory. */
    static final String DEVICES = "cgroup-devices";

    private final Path hierarchy;
    private final boolean unified;
    private final Optional<Path> devices;
    private final List<Path> otherHierarchies;
    private final String name;
    private boolean countMemory;

    private ControlGroups(
            Path hierarchy, boolean unified, Optional<Path> devices, List<Path> otherHierarchies, String name) {
        this.hierarchy = hierarchy;
        this.unified = unified;
        this.devices = devices;
        this.otherHierarchies = List.copyOf(otherHierarchies);
        this.name = name;
    }

    /**
     * Finds the hierarchies and makes the parent.
     *
     * @param root root directory of the store; another store has another parent
     * @param run directory where something can be mounted
     * @param ownMounts whether this process has a mount namespace of its own, in which it may cover what is there
     */
    static ControlGroups open(Path root, Path run, boolean ownMounts) throws IOException {
        List<Mount> mounts = mounts();
        Optional<Path> devices = controller(mounts, "devices");
        Optional<Path> modern = mounts.stream()
                .filter(mount -> mount.type().equals("cgroup2"))
                .map(Mount::point)
                .reduce((first, last) -> last);
        boolean pure = modern.isPresent() && modern.get().equals(STANDARD);
        var others = new ArrayList<Path>();
        mounts.stream()
                .filter(mount -> mount.type().equals("cgroup"))
                .map(Mount::point)
                .forEach(others::add);
        if (!pure && ownMounts) {
            devices = devices.isPresent() ? Optional.of(mountDevices(run)) : devices;
            Shell.run(List.of("mount", "-t", "cgroup2", "none", STANDARD.toString()));
            modern = Optional.of(STANDARD);
            pure = true;
            others.clear();
        }
        Path hierarchy = modern.or(() -> controller(mounts, "freezer"))
                .orElseThrow(() -> new IOException("no cgroup hierarchy is mounted below " + STANDARD
                        + "; executions cannot be ended without one"));
        others.remove(hierarchy);
        var groups = new ControlGroups(hierarchy, pure, devices, others, name(root));
        Files.createDirectories(groups.parent());
        groups.allowOnlySafeDevices();
        groups.haveMemoryCounted();
        return groups;
    }

    /** Where the parent of a store may be, in every hierarchy. */
    static List<Path> parentsOf(Path root) throws IOException {
        return mounts().stream().map(mount -> mount.point().resolve(name(root))).toList();
    }

    private static String name(Path root) {
        return PARENT + "/"
                + Digest.of(root.toAbsolutePath().normalize().toString()).hex().substring(0, 12);
    }

    private static Path mountDevices(Path run) throws IOException {
        Path point = Files.createDirectories(run.resolve(DEVICES));
        Shell.run(List.of("mount", "-t", "cgroup", "-o", "devices", "none", point.toString()));
        return point;
    }

    private static Optional<Path> controller(List<Mount> mounts, String controller) {
        return mounts.stream()
                .filter(mount -> mount.type().equals("cgroup")
                        && Arrays.asList(mount.options().split(",")).contains(controller))
                .map(Mount::point)
                .findFirst();
    }

    /**
     * Has the kernel say of each execution whether it ended processes of it for want of memory. A host whose memory is
     * controlled elsewhere, by version 1 or by a container that the daemon runs in, does not say so.
     */
    private void haveMemoryCounted() {
        try {
            for (Path group : List.of(hierarchy, hierarchy.resolve(PARENT), parent())) {
                ControlGroup.write(group.resolve("cgroup.subtree_control"), "+memory");
            }
            countMemory = true;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "executions do not count what lacks memory themselves", e);
        }
    }

    /** Whether each execution's own cgroup says what the kernel ended in it for want of memory. */
    boolean countMemory() {
        return countMemory;
    }

    /** Containers may use the devices that every container has, and make nodes of others without opening them. */
    private void allowOnlySafeDevices() throws IOException {
        if (devices.isEmpty()) {
            return;
        }
        Path group = deviceGroup().orElseThrow();
        Files.createDirectories(group);
        ControlGroup.write(group.resolve("devices.deny"), "a");
        for (String rule : List.of(
                "c *:* m",
                "b *:* m",
                "c 1:3 rwm",
                "c 1:5 rwm",
                "c 1:7 rwm",
                "c 1:8 rwm",
                "c 1:9 rwm",
                "c 5:0 rwm",
                "c 5:1 rwm",
                "c 5:2 rwm",
                "c 136:* rwm")) {
            ControlGroup.write(group.resolve("devices.allow"), rule);
        }
    }

    /** The cgroup of version 1 that holds the devices rule, where such a hierarchy exists. */
    Optional<Path> deviceGroup() {
        return devices.map(path -> path.resolve(name).resolve("boxes"));
    }

    /** Whether what stands below /sys/fs/cgroup is version 2 and nothing else. */
    boolean unified() {
        return unified;
    }

    Path parent() {
        return hierarchy.resolve(name);
    }

    /** Makes the cgroup of an execution. */
    ControlGroup create(String id) throws IOException {
        return new ControlGroup(Files.createDirectory(parent().resolve(id)));
    }

    /** The path that an OCI runtime with a cgroup manager of its own puts the container at: below the execution's. */
    String containerPath(String id) {
        return "/" + name + "/" + id + "/box";
    }

    /** Removes what such a runtime made in the other hierarchies. */
    void removeTraces(String id) throws IOException {
        for (Path other : otherHierarchies) {
            Path mine = other.resolve(name).resolve(id);
            if (Files.isDirectory(mine)) {
                new ControlGroup(mine).destroy(java.time.Duration.ofSeconds(5));
            }
        }
    }

    /** The executions that have a cgroup. */
    List<String> list() throws IOException {
        if (!Files.isDirectory(parent())) {
            return List.of();
        }
        try (var entries = Files.list(parent())) {
            return entries.filter(Files::isDirectory)
                    .filter(path -> path.getFileName().toString().startsWith("exec-"))
                    .map(path -> path.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    ControlGroup find(String id) {
        return new ControlGroup(parent().resolve(id));
    }

    /** Removes the store's parent, and the one of all stores if it was the last. */
    void remove() throws IOException {
        var roots = new ArrayList<>(otherHierarchies);
        roots.add(hierarchy);
        devices.ifPresent(roots::add);
        for (Path root : roots) {
            new ControlGroup(root.resolve(name)).destroy(java.time.Duration.ofSeconds(5));
            try {
                Files.deleteIfExists(root.resolve(PARENT));
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "other stores still have cgroups below " + root, e);
            }
        }
    }

    private record Mount(Path point, String type, String options) {}

    private static List<Mount> mounts() throws IOException {
        var mounts = new ArrayList<Mount>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            String[] halves = line.split(" - ", 2);
            String[] left = halves[0].split(" ", -1);
            String[] right = halves[1].split(" ", -1);
            if (right[0].startsWith("cgroup") && left[4].startsWith(STANDARD.toString())) {
                mounts.add(new Mount(Path.of(left[4]), right[0], right[right.length - 1]));
            }
        }
        return mounts;
    }
}
