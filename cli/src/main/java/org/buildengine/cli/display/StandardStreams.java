package org.buildengine.cli.display;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** What the standard streams of this process are, as the kernel says it. */
public final class StandardStreams {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    /** Where the fields of proc(5) {@code stat} stand behind the command's name: the process group and the terminal's. */
    private static final int GROUP = 2;

    private static final int FOREGROUND_GROUP = 5;

    private StandardStreams() {}

    /** Whether standard error is a terminal that a tree can be drawn on. */
    public static boolean canDraw(Map<String, String> environment) {
        String type = environment.getOrDefault("TERM", "");
        return !type.isEmpty() && !type.equals("dumb") && !terminal(2).isEmpty();
    }

    /** Whether the terminal of this process listens to it: not so for a command that a shell started with {@code &}. */
    public static boolean inForeground() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", FOREGROUND_GROUP + 2);
            return fields[GROUP].equals(fields[FOREGROUND_GROUP]);
        } catch (IOException e) {
            System.getLogger(StandardStreams.class.getName())
                    .log(System.Logger.Level.DEBUG, "the process group is not known", e);
            return true;
        }
    }

    /** Whether standard output is the terminal that standard error is. */
    public static boolean outputIsTheDisplay() {
        String output = terminal(1);
        return !output.isEmpty() && output.equals(terminal(2));
    }

    /** Names the terminal that a descriptor is; empty if it is none. */
    private static String terminal(int descriptor) {
        try {
            Path link = DESCRIPTORS.resolve(Integer.toString(descriptor));
            String name = Files.readSymbolicLink(link).toString();
            boolean named = name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
            Object device = named ? Files.getAttribute(link, "unix:rdev") : 0L;
            return named && !Files.isRegularFile(link, new LinkOption[0]) ? device.toString() : "";
        } catch (IOException | UnsupportedOperationException e) {
            System.getLogger(StandardStreams.class.getName())
                    .log(System.Logger.Level.DEBUG, "descriptor " + descriptor + " is not known", e);
            return "";
        }
    }
}
