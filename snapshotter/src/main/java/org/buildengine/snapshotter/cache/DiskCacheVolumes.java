package org.buildengine.snapshotter.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.store.StoreLayout;
import org.buildengine.snapshotter.store.Trash;

/**
 * Cache volumes as plain directories. A new one is filled in {@code work/} and then renamed, so that a crash leaves no
 * half-filled volume; callers that ask for it meanwhile wait for the first. Safe for use by several threads.
 */
public final class DiskCacheVolumes implements CacheVolumes {
    private static final long SEED_MINUTES = 30;

    private final StoreLayout layout;
    private final Trash trash;
    private final Map<Digest, CompletableFuture<Path>> making = new ConcurrentHashMap<>();

    public DiskCacheVolumes(StoreLayout layout, Trash trash) {
        this.layout = layout;
        this.trash = trash;
    }

    @Override
    public Path directory(Digest identity, Optional<Seed> seed, Attributes owner) throws IOException {
        Path place = layout.caches().resolve(identity.hex());
        if (Files.isDirectory(place)) {
            return place;
        }
        var mine = new CompletableFuture<Path>();
        CompletableFuture<Path> first = making.putIfAbsent(identity, mine);
        if (first != null) {
            return await(first, identity);
        }
        try {
            // Somebody may have finished between the look at the disk and the entry in the map.
            mine.complete(Files.isDirectory(place) ? place : make(place, seed, owner));
        } catch (IOException | RuntimeException e) {
            mine.completeExceptionally(e);
        } finally {
            making.remove(identity, mine);
        }
        return await(mine, identity);
    }

    private static Path await(CompletableFuture<Path> made, Digest identity) throws IOException {
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
                new TreeCopy(seed.get(), draft).run();
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
