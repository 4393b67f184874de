package org.buildengine.solver.events;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The logs of all builds, in one directory: {@code NUMBER.log}, and an empty {@code NUMBER.gone} in the place of one that was
 * removed before its build. Safe for use by several threads.
 */
public final class EventLogs {
    private static final System.Logger LOG = System.getLogger(EventLogs.class.getName());

    private static final Pattern NAME = Pattern.compile("([0-9]{1,18})\\.(log|gone)");

    /** Telemetry of clients, which an older engine kept here and left when it died. */
    private static final Pattern LEFT = Pattern.compile("client-[0-9]{1,18}\\.(spans|logs|metrics)");

    private final Path directory;
    private final long mostBytes;
    private final LogFile.Opener opener;

    /** The logs that are written, or may be. */
    private final ConcurrentMap<Long, EventLog> live = new ConcurrentHashMap<>();

    /** Why the ends of logs are missing, for those that this run of the engine could not write; as long as their builds are kept. */
    private final ConcurrentMap<Long, String> failures = new ConcurrentHashMap<>();

    /** The bytes of the logs that are complete. */
    private final ConcurrentNavigableMap<Long, Long> complete = new ConcurrentSkipListMap<>();

    /** The logs that were removed before their builds. */
    private final NavigableSet<Long> gone = new ConcurrentSkipListSet<>();

    private EventLogs(Path directory, long mostBytes, LogFile.Opener opener) {
        this.directory = directory;
        this.mostBytes = mostBytes;
        this.opener = opener;
    }

    /**
     * The logs in a directory, which is made if it is missing. What an older engine left there is removed; all else that is
     * no log stays as it is.
     *
     * @param mostBytes what all logs together may have; those of builds that last are not removed for it
     */
    public static EventLogs open(Path directory, long mostBytes) throws IOException {
        return open(directory, mostBytes, LogFile::onDisk);
    }

    static EventLogs open(Path directory, long mostBytes, LogFile.Opener opener) throws IOException {
        // what builds print is nobody else's business
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var logs = new EventLogs(directory, mostBytes, opener);
        for (Path file : files(directory)) {
            String name = file.getFileName().toString();
            if (LEFT.matcher(name).matches()) {
                remove(file);
            }
            Matcher log = NAME.matcher(name);
            if (log.matches()) {
                logs.found(Long.parseLong(log.group(1)), log.group(2).equals("gone"), Files.size(file));
            }
        }
        return logs;
    }

    private void found(long number, boolean removed, long bytes) {
        if (removed) {
            gone.add(number);
        } else {
            complete.put(number, bytes);
        }
    }

    private static void remove(Path left) {
        try {
            Files.deleteIfExists(left);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "{0} is not needed any more, and cannot be removed: {1}", left, e.getMessage());
        }
    }

    /** The files in a directory, without directories and links. */
    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        }
    }

    /** The highest number of a log that is or was here; 0 if there was none. */
    public long last() {
        return Stream.of(complete.keySet(), gone)
                .filter(numbers -> !numbers.isEmpty())
                .mapToLong(NavigableSet::last)
                .max()
                .orElse(0);
    }

    /** The log of a build that begins. */
    public EventLog begin(long number) {
        var log = new EventLog(number, path(number, "log"), opener, this::done);
        live.put(number, log);
        return log;
    }

    private void done(EventLog log) {
        log.failure().ifPresent(why -> failures.put(log.number(), why));
        if (log.end() > 0) {
            complete.put(log.number(), log.end());
        }
        live.remove(log.number(), log);
    }

    /** The log of a build; empty if it never printed anything here, or its log was removed. */
    public Optional<EventLog> find(long number) throws IOException {
        EventLog writing = live.get(number);
        if (writing != null) {
            return Optional.of(writing);
        }
        try {
            return Optional.of(EventLog.kept(number, path(number, "log"), failure(number)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether the log of a build that is kept was removed, because all of them had too many bytes. */
    public boolean removed(long number) {
        return gone.contains(number);
    }

    /** Why the end of some run could not be written; empty if it could, and if that was before the engine started. */
    public Optional<String> failure(long number) {
        EventLog writing = live.get(number);
        return writing == null ? Optional.ofNullable(failures.get(number)) : writing.failure();
    }

    /** Removes the logs of the builds up to this one, which are not kept any more but for some; not those that are still written. */
    public void forget(long number, Set<Long> spared) throws IOException {
        failures.keySet().removeIf(each -> each <= number && !spared.contains(each));
        for (long each : List.copyOf(complete.headMap(number, true).keySet())) {
            if (!spared.contains(each) && !live.containsKey(each)) {
                Files.deleteIfExists(path(each, "log"));
                complete.remove(each);
            }
        }
        for (long each : List.copyOf(gone.headSet(number, true))) {
            if (!spared.contains(each)) {
                Files.deleteIfExists(path(each, "gone"));
                gone.remove(each);
            }
        }
    }

    /** Removes the oldest logs until the others have no more bytes than they may; not those that are still written. */
    public void trim() throws IOException {
        long bytes = bytes();
        for (Map.Entry<Long, Long> log : complete.entrySet()) {
            long number = log.getKey();
            if (bytes <= mostBytes) {
                return;
            }
            if (!live.containsKey(number)) {
                Files.writeString(path(number, "gone"), "");
                gone.add(number);
                Files.deleteIfExists(path(number, "log"));
                complete.remove(number);
                bytes -= log.getValue();
            }
        }
    }

    private long bytes() {
        long written = live.values().stream()
                .filter(log -> !complete.containsKey(log.number()))
                .mapToLong(EventLog::end)
                .sum();
        return written + complete.values().stream().mapToLong(Long::longValue).sum();
    }

    private Path path(long number, String kind) {
        return directory.resolve(number + "." + kind);
    }
}
