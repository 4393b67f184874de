package org.buildengine.cli.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;

/**
 * What a daemon holds at one moment, as the kernel and its virtual machine count it after a collection.
 *
 * @param heap bytes of the objects that live
 * @param things how many there are of what sessions and executions need, by name
 */
record Footprint(long heap, Map<String, Long> things) {
    /** Classes of the daemon of which each session, request, execution or wait has an object. */
    private static final List<String> CLASSES = List.of(
            "org.buildengine.server.DaggerSession",
            "org.buildengine.server.DaggerClient",
            "org.buildengine.server.Lease",
            "org.buildengine.server.http.Exchange",
            "org.buildengine.server.http.Http1Connection",
            "org.buildengine.server.telemetry.ClientTelemetry",
            "org.buildengine.server.telemetry.RowLog",
            "org.buildengine.server.exec.Execution",
            "org.buildengine.server.exec.ContainerProcess",
            "org.buildengine.session.attachables.Attachables",
            "org.buildengine.solver.node.Node",
            "org.buildengine.solver.node.DemandJob",
            "io.grpc.internal.ManagedChannelImpl",
            "io.netty.channel.epoll.EpollDomainSocketChannel",
            "java.lang.ThreadBuilders$BoundVirtualThread",
            "java.lang.VirtualThread");

    private static final String LAYERS = "layers";

    /** What belongs to sessions and nothing else: of it there is none when there is no session. */
    private static final List<String> OF_SESSIONS = List.of(
            "DaggerSession",
            "DaggerClient",
            "Lease",
            "Exchange",
            "ClientTelemetry",
            "RowLog",
            "Execution",
            "ContainerProcess",
            "Attachables",
            "DemandJob",
            "Node",
            "ManagedChannelImpl",
            "files in events",
            "files in work",
            "files in trash");

    /**
     * What a daemon keeps to be quick, beyond what it had: mounts without users, and up to 16 ports of the bridge, each with
     * a link, a namespace, a socket and two files of the kernel.
     */
    static final Map<String, Long> KEPT_AT_HAND = Map.ofEntries(
            Map.entry("mounts", 136L),
            Map.entry("overlay mounts", 8L),
            Map.entry("network namespaces", 16L),
            Map.entry("network links", 16L),
            Map.entry("network files", 32L),
            Map.entry("sockets", 16L),
            Map.entry("threads", 16L),
            Map.entry("other descriptors", 16L),
            Map.entry("files in " + LAYERS, Long.MAX_VALUE / 2),
            Map.entry("EpollDomainSocketChannel", 4L),
            Map.entry("BoundVirtualThread", 4L),
            Map.entry("VirtualThread", 4L));

    /** Looks at a daemon. */
    static Footprint of(ScratchEngine engine) throws IOException, InterruptedException {
        long pid = engine.daemon().pid();
        var things = new TreeMap<String, Long>();
        long heap = objects(pid, things);
        Path process = Path.of("/proc", Long.toString(pid));
        descriptors(process, things);
        things.put("threads", count(process.resolve("task"), any -> true));
        things.put("processes", (long) children(pid).size());
        mounts(process, things);
        String id = Digest.of(engine.root().toString()).hex().substring(0, 12);
        things.put("cgroups", cgroups(process.resolve("root/sys/fs/cgroup"), "build-engine/" + id));
        things.put(
                "network links", count(Path.of("/sys/class/net"), name -> name.startsWith("ve" + id.substring(0, 6))));
        for (String directory : List.of("telemetry", "work", "trash", "exec", LAYERS)) {
            things.put("files in " + directory, count(engine.root().resolve(directory), any -> true));
        }
        return new Footprint(heap, things);
    }

    private static long objects(long pid, Map<String, Long> things) throws IOException, InterruptedException {
        // The histogram of what lives is preceded by a full collection.
        var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        var command = new ProcessBuilder(jcmd, Long.toString(pid), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        CLASSES.forEach(name -> things.put(name.substring(name.lastIndexOf('.') + 1), 0L));
        long heap = -1;
        var text = new StringBuilder();
        try (BufferedReader lines = command.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                text.append(line).append('\n');
                String[] fields = line.strip().split("\\s+", -1);
                if (fields[0].equals("Total")) {
                    heap = Long.parseLong(fields[2]);
                } else if (fields.length >= 4 && CLASSES.contains(fields[3])) {
                    things.put(fields[3].substring(fields[3].lastIndexOf('.') + 1), Long.parseLong(fields[1]));
                }
            }
        }
        if (command.waitFor() != 0 || heap < 0) {
            throw new IOException("the daemon's objects cannot be counted: " + text);
        }
        return heap;
    }

    private static void descriptors(Path process, Map<String, Long> things) throws IOException {
        for (String kind : List.of("sockets", "pipes", "network namespaces", "network files", "other descriptors")) {
            things.put(kind, 0L);
        }
        for (Path descriptor : list(process.resolve("fd"))) {
            String target;
            try {
                target = Files.readSymbolicLink(descriptor).toString();
            } catch (IOException e) {
                continue; // Closed meanwhile.
            }
            if (target.contains("/store/")) {
                continue; // The database opens and closes its files as it likes.
            }
            things.merge(kind(target), 1L, Long::sum);
        }
    }

    private static String kind(String target) {
        if (target.startsWith("socket:")) {
            return "sockets";
        }
        if (target.startsWith("pipe:")) {
            return "pipes";
        }
        if (target.startsWith("net:")) {
            return "network namespaces";
        }
        // A thread that opens one of these files in two namespaces has the first called deleted: it is, by that name.
        return target.matches("/proc/.*/net/(dev|sockstat)( \\(deleted\\))?") ? "network files" : "other descriptors";
    }

    private static void mounts(Path process, Map<String, Long> things) throws IOException {
        List<String> mounts = Files.readAllLines(process.resolve("mounts"));
        things.put(
                "overlay mounts",
                mounts.stream()
                        .filter(line -> line.split(" ", -1)[2].equals("overlay"))
                        .count());
        things.put("mounts", (long) mounts.size());
    }

    /** The processes below a process. */
    static List<Long> children(long pid) {
        return ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .map(ProcessHandle::pid)
                .toList();
    }

    private static long cgroups(Path hierarchies, String parent) throws IOException {
        var parents = new ArrayList<Path>(List.of(hierarchies.resolve(parent)));
        list(hierarchies).forEach(hierarchy -> parents.add(hierarchy.resolve(parent)));
        long count = 0;
        for (Path directory : parents) {
            count += count(directory, name -> name.startsWith("exec-"));
        }
        return count;
    }

    private static long count(Path directory, Predicate<String> named) throws IOException {
        return list(directory).stream()
                .filter(path -> named.test(path.getFileName().toString()))
                .count();
    }

    private static List<Path> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** How many layers the cache has. */
    long layers() {
        return things.getOrDefault("files in " + LAYERS, 0L);
    }

    /** What there is that belongs to sessions, in words. */
    List<String> ofSessions() {
        return OF_SESSIONS.stream()
                .filter(name -> things.getOrDefault(name, 0L) > 0)
                .map(name -> name + ": " + things.get(name))
                .toList();
    }

    /** What there is more of here than in {@code before}, in words, by more than {@code allowed} says for its name. */
    List<String> beyond(Footprint before, Map<String, Long> allowed) {
        var more = new ArrayList<String>();
        things.forEach((name, count) -> {
            long then = before.things.getOrDefault(name, 0L);
            if (count > then + allowed.getOrDefault(name, 0L)) {
                more.add(name + ": " + then + " before, " + count + " now");
            }
        });
        return more;
    }
}
