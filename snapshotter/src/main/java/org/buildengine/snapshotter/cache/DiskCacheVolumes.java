package org.buildengine.snapshotter.cache;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.DiskUsage;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.store.StoreLayout;
import org.buildengine.snapshotter.store.Trash;
import org.buildengine.snapshotter.store.VolumeTable;

/**
 * Cache volumes as plain directories. A new one is filled in {@code work/} and then renamed, so that a crash leaves no
 * half-filled volume; callers that ask for it meanwhile wait for the first. Each use is counted, in memory, for an execution
 * does not outlive the process; what is used is not removed. Safe for use by several threads.
 */
public final class DiskCacheVolumes implements CacheVolumes {
    private static final System.Logger LOG = System.getLogger(DiskCacheVolumes.class.getName());
    private static final long SEED_MINUTES = 30;

    private final StoreLayout layout;
    private final Trash trash;
    private final VolumeTable table;
    private final Room room;
    private final Delays delays;
    private final Map<Digest, CompletableFuture<Path>> making = new ConcurrentHashMap<>();

    /** How often each volume is in use; also guards what follows. */
    private final Map<Digest, Integer> users = new HashMap<>();

    private final Map<Digest, CompletableFuture<Path>> removing = new HashMap<>();

    /** Of volumes that nobody used since they were measured. */
    private final Map<Digest, Long> sizes = new HashMap<>();

    /** Names of what was found that is no volume, to say it once. */
    private final Set<String> strangers = new HashSet<>();

    /** How many uses began. */
    private long entered;

    /** The volumes below a root directory; {@code room} is asked for more when the disk is full, {@code delays} who waits. */
    public DiskCacheVolumes(StoreLayout layout, Trash trash, VolumeTable table, Room room, Delays delays) {
        this.layout = layout;
        this.trash = trash;
        this.table = table;
        this.room = room;
        this.delays = delays;
    }

    /**
     * A volume, as it is now.
     *
     * @param bytes of allocated blocks
     * @param inUse whether an execution has it
     */
    public record Listed(Digest identity, VolumeTable.Row facts, long bytes, boolean inUse) {}

    @Override
    public Volume use(Digest identity, String description, Optional<Seed> seed, Attributes owner) throws IOException {
        enter(identity);
        boolean entered = false;
        try {
            Path directory = directory(identity, seed, owner);
            table.used(identity, description);
            WritePoint.VOLUME_NOTED.reached();
            entered = true;
            return new Use(identity, directory);
        } finally {
            if (!entered) {
                leave(identity);
            }
        }
    }

    /** One use of a volume. */
    private final class Use implements Volume {
        private final Digest identity;
        private final Path directory;
        private final AtomicBoolean closed = new AtomicBoolean();

        Use(Digest identity, Path directory) {
            this.identity = identity;
            this.directory = directory;
        }

        @Override
        public Path directory() {
            return directory;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                leave(identity);
            }
        }
    }

    /** Counts a user; one that comes while the volume is removed waits for the end of that, and will make a new one. */
    private void enter(Digest identity) throws IOException {
        while (true) {
            CompletableFuture<Path> removal;
            synchronized (users) {
                removal = removing.get(identity);
                if (removal == null) {
                    users.merge(identity, 1, Integer::sum);
                    sizes.remove(identity);
                    entered++;
                    return;
                }
            }
            await(removal, identity, "being removed");
        }
    }

    private void leave(Digest identity) {
        synchronized (users) {
            users.computeIfPresent(identity, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    /** All volumes, each measured now. Platform threads only. */
    public List<Listed> list() throws IOException {
        Map<Digest, VolumeTable.Row> known = table.all();
        var volumes = new ArrayList<Listed>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(layout.caches())) {
            for (Path directory : directories) {
                Optional<Digest> identity = identity(directory);
                if (identity.isPresent()) {
                    volumes.add(listed(identity.get(), directory, known));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return volumes;
    }

    /** Empty for what is not named as a volume is; somebody else put it there, so it is left alone. */
    private Optional<Digest> identity(Path directory) {
        String name = directory.getFileName().toString();
        try {
            return Optional.of(Digest.parse("sha256:" + name));
        } catch (IllegalArgumentException e) {
            synchronized (users) {
                if (strangers.add(name)) {
                    LOG.log(Level.WARNING, "{0} is no cache volume; it is neither counted nor removed", directory);
                }
            }
            return Optional.empty();
        }
    }

    private Listed listed(Digest identity, Path directory, Map<Digest, VolumeTable.Row> known) throws IOException {
        VolumeTable.Row facts = known.get(identity);
        return new Listed(
                identity, facts == null ? unknown(directory) : facts, size(identity, directory), inUse(identity));
    }

    /** Measures it, unless nobody used it since that was done. */
    private long size(Digest identity, Path directory) throws IOException {
        long before;
        synchronized (users) {
            Long known = sizes.get(identity);
            if (known != null) {
                return known;
            }
            before = entered;
        }
        long measured = DiskUsage.allocated(directory.toString());
        synchronized (users) {
            if (entered == before && !users.containsKey(identity)) {
                sizes.put(identity, measured);
            }
        }
        return measured;
    }

    private boolean inUse(Digest identity) {
        synchronized (users) {
            return users.containsKey(identity);
        }
    }

    private static VolumeTable.Row unknown(Path directory) throws IOException {
        Instant changed = Files.getLastModifiedTime(directory).toInstant();
        return new VolumeTable.Row(changed, changed, 1, "");
    }

    /**
     * Removes a volume unless somebody uses it.
     *
     * @return whether it is gone
     */
    public boolean remove(Digest identity) throws IOException {
        var removal = new CompletableFuture<Path>();
        synchronized (users) {
            if (users.containsKey(identity) || removing.putIfAbsent(identity, removal) != null) {
                return false;
            }
        }
        Path place = layout.volume(identity);
        try {
            table.removed(identity);
            WritePoint.VOLUME_FORGOTTEN.reached();
            trash.discard(place);
            WritePoint.VOLUME_DISCARDED.reached();
            return true;
        } finally {
            synchronized (users) {
                removing.remove(identity);
                sizes.remove(identity);
            }
            removal.complete(place);
        }
    }

    private Path directory(Digest identity, Optional<Seed> seed, Attributes owner) throws IOException {
        Path place = layout.volume(identity);
        if (Files.isDirectory(place)) {
            return place;
        }
        var mine = new CompletableFuture<Path>();
        CompletableFuture<Path> first = making.putIfAbsent(identity, mine);
        if (first != null) {
            return await(first, identity, "being filled");
        }
        try {
            // Somebody may have finished between the look at the disk and the entry in the map.
            mine.complete(Files.isDirectory(place) ? place : make(place, seed, owner));
        } catch (IOException | RuntimeException e) {
            mine.completeExceptionally(e);
        } finally {
            making.remove(identity, mine);
        }
        return made(mine, identity);
    }

    /** Waits for another one, who is at this with the volume. */
    private Path await(CompletableFuture<Path> made, Digest identity, String doing) throws IOException {
        String which = identity.hex().substring(0, 8) + ", which is " + doing;
        try (Delays.Waiting _ = delays.begin(Delay.Cause.VOLUME, which, Duration.ofMinutes(SEED_MINUTES))) {
            return made(made, identity);
        }
    }

    private static Path made(CompletableFuture<Path> made, Digest identity) throws IOException {
        try {
            return made.copy().orTimeout(SEED_MINUTES, TimeUnit.MINUTES).join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String reason = cause instanceof TimeoutException
                    ? "was not filled within " + SEED_MINUTES + " minutes"
                    : "could not be made: " + cause.getMessage();
            throw new IOException("cache volume " + identity.hex().substring(0, 12) + " " + reason, cause);
        }
    }

    private Path make(Path place, Optional<Seed> seed, Attributes owner) throws IOException {
        Path draft = layout.work().resolve("cache-" + UUID.randomUUID());
        try {
            NativeThreads.run(() -> {
                LinuxFiles.makeDirectory(draft.toString(), 0700);
                return draft;
            });
            WritePoint.VOLUME_DRAFTED.reached();
            if (seed.isPresent()) {
                new TreeCopy(seed.get(), draft, room).run();
            }
            WritePoint.VOLUME_FILLED.reached();
            return NativeThreads.run(() -> {
                TreeCopy.applyAttributes(draft.toString(), owner);
                LinuxFiles.rename(draft.toString(), place.toString());
                WritePoint.VOLUME_NAMED.reached();
                return place;
            });
        } finally {
            trash.discard(draft);
        }
    }
}
