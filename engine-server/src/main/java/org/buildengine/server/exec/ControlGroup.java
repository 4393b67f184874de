package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;

/**
 * One cgroup and everything below it: the handle by which whatever an execution started is ended. Works on version 2
 * ({@code cgroup.kill}, or freezing where the kernel is older than 5.14) and on the freezer of version 1. Safe for
 * several threads.
 */
final class ControlGroup {
    private static final String PROCESSES = "cgroup.procs";

    /** Links of a cgroup without children, as of any directory; each child adds one. */
    private static final int LEAF = 2;

    private final Path directory;

    /** Whether it was seen to be gone, with all that was in it. */
    private volatile boolean removed;

    ControlGroup(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** The file that a process enters the cgroup by. */
    Path entrance() {
        return directory.resolve(PROCESSES);
    }

    /** Ends every process in it, at whatever point of their creation. Quick; does not wait for their end. */
    void kill() throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Path kill = directory.resolve("cgroup.kill");
        if (Files.exists(kill)) {
            write(kill, "1");
            return;
        }
        freeze("1", "FROZEN");
        try {
            for (long pid : processes()) {
                // By id, which cannot have been given to another process: its owner is frozen, not reaped.
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        } finally {
            freeze("0", "THAWED");
        }
    }

    private void freeze(String v2, String v1) throws IOException {
        Path modern = directory.resolve("cgroup.freeze");
        Path old = directory.resolve("freezer.state");
        if (Files.exists(modern)) {
            write(modern, v2);
        } else if (Files.exists(old)) {
            write(old, v1);
        }
    }

    /** Whether no process is in it or below. */
    boolean isEmpty() throws IOException {
        Path events = directory.resolve("cgroup.events");
        if (!Files.exists(events)) {
            return processes().isEmpty();
        }
        return Files.readAllLines(events).contains("populated 0");
    }

    /** Removes it if nothing is in it; says whether nothing is. */
    boolean removeIfEmpty() throws IOException {
        try {
            LinuxFiles.removeDirectory(directory.toString());
            removed = true;
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.EBUSY) {
                return isEmpty();
            }
            throw e;
        }
    }

    /** The processes in it and below. */
    List<Long> processes() throws IOException {
        var pids = new ArrayList<Long>();
        collect(directory, pids);
        return pids;
    }

    private static void collect(Path group, List<Long> pids) throws IOException {
        try {
            for (String line : Files.readAllLines(group.resolve(PROCESSES))) {
                pids.add(Long.parseLong(line.strip()));
            }
            for (Path child : children(group)) {
                collect(child, pids);
            }
        } catch (NoSuchFileException e) {
            // Gone in the meantime, with everything in it.
            return;
        }
    }

    private static List<Path> children(Path group) throws IOException {
        try {
            if (LinuxFiles.status(group.toString()).links() == LEAF) {
                return List.of();
            }
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return List.of();
            }
            throw e;
        }
        var children = new ArrayList<Path>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(group, Files::isDirectory)) {
            entries.forEach(children::add);
        }
        return children;
    }

    /** What to say if the kernel ended processes in it for want of memory, for the end of a sentence; else nothing. */
    String memoryNote() {
        long kills = number("memory.events", "oom_kill");
        return kills <= 0
                ? ""
                : " (out of memory: the kernel ended " + kills + " of its processes" + bytes("it took", "memory.peak")
                        + bytes("it may take", "memory.max") + ")";
    }

    private String bytes(String what, String file) {
        try {
            String text = Files.readString(directory.resolve(file)).strip();
            return text.equals("max") ? "" : "; " + what + " " + text + " bytes at most";
        } catch (IOException e) {
            return "";
        }
    }

    private long number(String file, String field) {
        try {
            for (String line : Files.readAllLines(directory.resolve(file))) {
                if (line.startsWith(field + " ")) {
                    return Long.parseLong(line.substring(field.length() + 1).strip());
                }
            }
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
        return 0;
    }

    /**
     * Ends what still runs in it and removes it, waiting for both.
     *
     * @throws IOException if that does not succeed within {@code deadline}
     */
    void destroy(Duration deadline) throws IOException {
        if (removed) {
            return;
        }
        long end = System.nanoTime() + deadline.toNanos();
        for (long pause = 1; ; pause = Math.min(20, pause * 2)) {
            try {
                removeTree(directory);
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw new IOException("processes " + processes() + " in " + directory + " do not end", e);
                }
            }
            kill();
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                // The clean-up goes on: what was asked to end has to have ended. The deadline bounds it.
                Thread.currentThread().interrupt();
                waitWithoutSleep(pause);
            }
        }
    }

    private static void waitWithoutSleep(long millis) {
        boolean interrupted = Thread.interrupted();
        java.util.concurrent.locks.LockSupport.parkNanos(millis * 1_000_000);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Most have no children. */
    private static void removeTree(Path group) throws IOException {
        try {
            LinuxFiles.removeDirectory(group.toString());
        } catch (LinuxException busy) {
            for (Path child : children(group)) {
                removeTree(child);
            }
            LinuxFiles.removeDirectory(group.toString());
        }
    }

    static void write(Path file, String value) throws IOException {
        Files.writeString(file, value, StandardOpenOption.WRITE);
    }
}
