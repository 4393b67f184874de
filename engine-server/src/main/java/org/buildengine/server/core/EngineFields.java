package org.buildengine.server.core;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.cache.CacheRules.Limits;
import org.buildengine.server.cache.DiskSpace;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CacheRecord;
import org.jspecify.annotations.Nullable;

/**
 * Fields of the engine and of its cache. Only the main client of a session may look at the cache and clear it, as with
 * Dagger; programs that run inside of a step may not.
 */
final class EngineFields {
    private static final long NANOS = 1_000_000_000L;

    private final Facilities facilities;

    private EngineFields(Facilities facilities) {
        this.facilities = facilities;
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new EngineFields(facilities);
        registry.field("Query", "engine", call -> new Engine());
        registry.field("Engine", "name", call -> facilities.engineName());
        registry.field("Engine", "clients", EngineFields::clients);
        registry.field("Engine", "localCache", fields::localCache);
        registry.field("EngineCache", "maxUsedSpace", call -> limits(call).maxUsedSpace());
        registry.field("EngineCache", "reservedSpace", call -> limits(call).reservedSpace());
        registry.field("EngineCache", "minFreeSpace", call -> limits(call).minFreeSpace());
        registry.field("EngineCache", "targetSpace", call -> limits(call).targetSpace());
        registry.field("EngineCache", "entrySet", fields::entrySet);
        registry.field("EngineCache", "prune", fields::prune);
        registerEntries(registry);
    }

    private static void registerEntries(FieldRegistry registry) {
        registry.field(
                "EngineCacheEntrySet",
                "entries",
                call -> call.receiver(EngineCacheEntrySet.class).entries());
        registry.field("EngineCacheEntrySet", "entryCount", call ->
                (long) call.receiver(EngineCacheEntrySet.class).entries().size());
        registry.field(
                "EngineCacheEntrySet",
                "diskSpaceBytes",
                call -> call.receiver(EngineCacheEntrySet.class).bytes());
        registry.field("EngineCacheEntry", "activelyUsed", call -> entry(call).inUse());
        registry.field(
                "EngineCacheEntry",
                "createdTimeUnixNano",
                call -> nanos(entry(call).created()));
        registry.field(
                "EngineCacheEntry",
                "mostRecentUseTimeUnixNano",
                call -> nanos(entry(call).lastUsed()));
        registry.field(
                "EngineCacheEntry", "description", call -> entry(call).origin().description());
        registry.field("EngineCacheEntry", "diskSpaceBytes", call -> entry(call).chargedBytes());
        registry.field("EngineCacheEntry", "recordType", call -> type(call));
        registry.field("EngineCacheEntry", "recordTypes", call -> List.of(type(call)));
        registry.field("EngineCacheEntry", "dagqlCall", call -> "");
    }

    private static Limits limits(Call call) {
        return call.receiver(EngineCache.class).limits();
    }

    private static CacheRecord entry(Call call) {
        return call.receiver(EngineCacheEntry.class).record();
    }

    private static String type(Call call) {
        return entry(call).origin().type().toString();
    }

    /** Nanoseconds since 1970. */
    static long nanos(Instant time) {
        return time.getEpochSecond() * NANOS + time.getNano();
    }

    private static List<String> clients(Call call) {
        return call.client().session().sessions().mainClients().stream()
                .map(DaggerClient::id)
                .toList();
    }

    private EngineCache localCache(Call call) throws ApiException, IOException {
        requireMainClient(call, "cache");
        return new EngineCache(facilities.cache().limits());
    }

    /** Refuses programs that run inside of a step a look at {@code what} of the engine. */
    static void requireMainClient(Call call, String what) throws ApiException {
        if (!call.client().isMain()) {
            throw new ApiException("FORBIDDEN", "only the main client of a session may look at the engine's " + what);
        }
    }

    /** What is there now. The key only tells one look from another, and each is one of its own anyway. */
    private EngineCacheEntrySet entrySet(Call call) throws ApiException, IOException {
        requireMainClient(call, "cache");
        UUID moment = UUID.randomUUID();
        CacheCollector.Usage usage = facilities.cache().collector().usage();
        List<EngineCacheEntry> entries = usage.records().stream()
                .map(record -> new EngineCacheEntry(moment, record))
                .toList();
        return new EngineCacheEntrySet(moment, entries, usage.bytes());
    }

    private Optional<Long> space(Call call, String argument) throws ApiException, IOException {
        if (call.text(argument).isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    DiskSpace.parse(call.text(argument)).of(facilities.cache().diskSize()));
        } catch (IllegalArgumentException e) {
            throw Reading.caused(
                    new ApiException("INVALID_ARGUMENT", "invalid " + argument + " value: " + Reading.message(e)), e);
        }
    }

    private @Nullable Object prune(Call call) throws ApiException, IOException {
        requireMainClient(call, "cache");
        boolean configured =
                call.flag("useDefaultPolicy") && facilities.cache().rules().automatic();
        Limits usual = configured ? facilities.cache().limits() : new Limits(0, 0, 0, 0);
        var limits = new Limits(
                space(call, "reservedSpace").orElse(usual.reservedSpace()),
                space(call, "maxUsedSpace").orElse(usual.maxUsedSpace()),
                space(call, "minFreeSpace").orElse(usual.minFreeSpace()),
                space(call, "targetSpace").orElse(usual.targetSpace()));
        if (configured) {
            facilities.cache().collect(limits);
        } else {
            facilities.cache().prune(limits);
        }
        return null;
    }
}
