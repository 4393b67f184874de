package org.buildengine.snapshotter.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Mounting and unmounting by the old calls, and the list of what is mounted. Platform threads only. */
public final class Mounts {
    public static final long READ_ONLY = 1;
    public static final long NO_SUID = 2;
    public static final long NO_DEV = 4;
    public static final long BIND = 4096;

    /** {@link FsContext#mount} attribute: read-only. */
    public static final int ATTR_READ_ONLY = 1;

    private static final int MNT_DETACH = 2;
    private static final int UMOUNT_NOFOLLOW = 8;

    private Mounts() {}

    /** The classic mount call; its options end at one page. */
    public static void mount(String source, String target, String type, long flags, String options)
            throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = options.isEmpty() ? MemorySegment.NULL : arena.allocateFrom(options);
            int result = Libc.mount(
                    arena.allocateFrom(source), arena.allocateFrom(target), arena.allocateFrom(type), flags, data);
            if (result < 0) {
                throw new LinuxException(-result, "mount " + type, target);
            }
        }
    }

    /** Unmounts what nobody uses. */
    public static void unmount(String target) throws LinuxException {
        unmount(target, UMOUNT_NOFOLLOW);
    }

    /** Takes the mount away from its place at once; it ends with the last user. */
    public static void detach(String target) throws LinuxException {
        unmount(target, UMOUNT_NOFOLLOW | MNT_DETACH);
    }

    private static void unmount(String target, int flags) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int result = Libc.umount2(arena.allocateFrom(target), flags);
            if (result < 0) {
                throw new LinuxException(-result, "umount", target);
            }
        }
    }

    /** Where something is mounted below {@code directory} in this mount namespace, the last mounted first. */
    public static List<String> below(Path directory) throws IOException {
        String prefix = directory.toRealPath() + "/";
        var found = new ArrayList<String>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
            String[] fields = line.split(" ", 6);
            String target = unescape(fields[4]);
            if (target.startsWith(prefix)) {
                found.add(target);
            }
        }
        return found.reversed();
    }

    /** The kernel writes blanks, tabs, line ends and backslashes as octal numbers. */
    private static String unescape(String field) {
        byte[] raw = field.getBytes(StandardCharsets.ISO_8859_1);
        byte[] plain = new byte[raw.length];
        int length = 0;
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] == '\\' && i + 3 < raw.length) {
                plain[length++] = (byte) Integer.parseInt(field, i + 1, i + 4, 8);
                i += 3;
            } else {
                plain[length++] = raw[i];
            }
        }
        return new String(plain, 0, length, StandardCharsets.UTF_8);
    }
}
