package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of this host goes into the specification of a container.
 *
 * @param arch architecture in the JDK's words
 * @param capabilities bits of the capabilities that this process can give away
 * @param openFiles highest limit of open files that this process can give away
 * @param stack how large the stack of a program may become, in bytes; executions have the same limit
 * @param devices device nodes below {@code /dev}, for executions with all rights
 */
record HostFacts(String arch, long capabilities, long openFiles, long stack, List<Device> devices) {
    private static final int TYPE = 0170000;
    private static final int CHARACTER = 0020000;
    private static final int BLOCK = 0060000;

    /** Columns of /proc/self/limits, after a name of three words. */
    private static final int SOFT = 3;

    private static final int HARD = 4;

    HostFacts {
        devices = List.copyOf(devices);
    }

    /** A device node. */
    record Device(String path, boolean block, int major, int minor, int mode, int uid, int gid) {}

    /** Looks at this host. */
    static HostFacts read() throws IOException {
        String limits = Files.readString(Path.of("/proc/self/limits"));
        return new HostFacts(
                System.getProperty("os.arch", "amd64"),
                capabilitySet(Files.readString(Path.of("/proc/self/status"))),
                limit(limits, "Max open files", HARD, 1 << 20),
                limit(limits, "Max stack size", SOFT, Long.MAX_VALUE),
                devices(Path.of("/dev")));
    }

    private static long capabilitySet(String status) {
        return status.lines()
                .filter(line -> line.startsWith("CapPrm:"))
                .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .findFirst()
                .orElse(0L);
    }

    private static long limit(String limits, String name, int column, long unlimited) {
        Optional<String> line = limits.lines().filter(l -> l.startsWith(name)).findFirst();
        String[] columns = line.orElse("").strip().split(" +", -1);
        return columns.length > column && columns[column].matches("[0-9]{1,18}")
                ? Long.parseLong(columns[column])
                : unlimited;
    }

    private static List<Device> devices(Path dev) throws IOException {
        var devices = new ArrayList<Device>();
        try (DirectoryStream<Path> nodes = Files.newDirectoryStream(dev)) {
            for (Path node : nodes) {
                device(node).ifPresent(devices::add);
            }
        }
        devices.sort(Comparator.comparing(Device::path));
        return devices;
    }

    private static Optional<Device> device(Path node) throws IOException {
        Map<String, Object> attributes =
                Files.readAttributes(node, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
        int mode = (int) number(attributes, "mode");
        long number = number(attributes, "rdev");
        boolean block = (mode & TYPE) == BLOCK;
        if (!block && (mode & TYPE) != CHARACTER) {
            return Optional.empty();
        }
        int major = (int) ((number >>> 8) & 0xfff);
        int minor = (int) ((number & 0xff) | ((number >>> 12) & 0xfff00));
        return Optional.of(
                new Device(node.toString(), block, major, minor, mode & 0777, (int) number(attributes, "uid"), (int)
                        number(attributes, "gid")));
    }

    private static long number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Number number ? number.longValue() : 0;
    }
}
