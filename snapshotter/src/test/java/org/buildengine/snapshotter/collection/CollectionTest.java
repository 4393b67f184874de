package org.buildengine.snapshotter.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.blob.DiskBlobStore;
import org.buildengine.snapshotter.cache.DiskCacheVolumes;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.store.Removal;
import org.buildengine.snapshotter.store.Store;
import org.buildengine.snapshotter.store.StoreLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes and what stays, in a real store whose layers are small directories. */
class CollectionTest {
    private static final CachePolicy EVERYTHING = CachePolicy.everything("asked for");

    @TempDir
    Path root;

    @SuppressWarnings("NullAway.Init") // set when a store is opened
    private DiskCacheVolumes volumes;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private Store open() throws IOException {
        StoreLayout layout = StoreLayout.create(root);
        try (Store.Locked locked = Store.lock(layout)) {
            Store store =
                    locked.open(new Store.Settings(LayerForm.DIRECTORY, "boot-1", Duration.ofHours(1), () -> now));
            volumes = new DiskCacheVolumes(layout, store.trash(), store.volumes(), Room.NONE, store.delays());
            return store;
        }
    }

    private CacheCollector collector(Store store) {
        return new DiskCollector(root, store, volumes, layers -> {}, () -> now);
    }

    private static Snapshot layer(Store store, int bytes) throws IOException {
        try (var staged = store.layers().stage("test")) {
            Files.write(staged.directory().resolve("index"), new byte[bytes]);
            return new Snapshot(List.of(staged.publish()));
        }
    }

    private static NewResult result(String recipe, Duration cost, Snapshot... outputs) {
        return new NewResult(
                Map.of(KeyKind.RECIPE, List.of(Digest.of(recipe))),
                Digest.of("identity"),
                List.of(outputs),
                Map.of(),
                Set.of(),
                cost,
                new Origin(RecordType.REGULAR, recipe));
    }

    private static StoredResult publish(Store store, String recipe, Snapshot... outputs) throws IOException {
        return store.results().publish(result(recipe, Duration.ofSeconds(1), outputs), Owner.NONE);
    }

    private static Optional<StoredResult> find(Store store, String recipe) {
        return store.results().find(KeyKind.RECIPE, Digest.of(recipe));
    }

    private static List<String> names(CacheCollector.Pruned pruned) {
        return pruned.records().stream()
                .map(record -> record.origin().description())
                .toList();
    }

    private long layersOnDisk() throws IOException {
        try (Stream<Path> layers = Files.list(root.resolve("layers"))) {
            return layers.count();
        }
    }

    @Test
    void whoWaitsForTheEndOfAnotherPassIsNamed() throws Exception {
        try (Store store = open()) {
            Waiter asked = new Waiter() {};
            var usage =
                    new FutureTask<>(() -> asked.calls(() -> collector(store).usage()));
            try (Removal _ = store.remove()) {
                Thread.ofVirtual().start(usage);
                await().until(() -> !store.delays().now().isEmpty());
                assertThat(store.delays().now()).singleElement().satisfies(delay -> {
                    assertThat(delay.waiter()).containsSame(asked);
                    assertThat(delay.cause()).isEqualTo(Delay.Cause.COLLECTION);
                    assertThat(delay.left()).isEmpty();
                });
            }
            assertThat(usage.get().records()).isEmpty();
            assertThat(store.delays().now()).isEmpty();
        }
    }

    @Test
    void usesAreCountedAcrossTheEndOfTheStore() throws Exception {
        StoredResult result;
        try (Store store = open()) {
            result = publish(store, "result", layer(store, 10));
            assertThat(uses(store)).as("just made").isZero();
            hold(store, result);
            hold(store, result);
            assertThat(uses(store)).isEqualTo(2);
        }
        try (Store store = open()) {
            assertThat(uses(store)).isEqualTo(2);
            hold(store, result);
        }
        try (Store store = open()) {
            assertThat(uses(store)).isEqualTo(3);
        }
    }

    private static void hold(Store store, StoredResult result) {
        try (Owner owner = store.results().owner("session")) {
            assertThat(owner.hold(result.id())).isTrue();
        }
    }

    private long uses(Store store) throws IOException {
        return collector(store).usage().records().getFirst().uses();
    }

    @Test
    void whatSomebodyHoldsStaysAndTheRestGoes() throws Exception {
        try (Store store = open()) {
            Owner owner = store.results().owner("session");
            StoredResult held = publish(store, "held", layer(store, 10));
            publish(store, "free", layer(store, 10));
            assertThat(owner.hold(held.id())).isTrue();

            assertThat(names(collector(store).plan(List.of(EVERYTHING)))).containsExactly("free");
            assertThat(find(store, "free")).isPresent();
            assertThat(names(collector(store).prune(List.of(EVERYTHING)))).containsExactly("free");

            assertThat(find(store, "held")).contains(held);
            assertThat(find(store, "free")).isEmpty();
            assertThat(layersOnDisk()).isEqualTo(1);
            assertThat(collector(store).usage().records())
                    .singleElement()
                    .matches(CacheRecord::inUse)
                    .matches(record -> record.exclusiveBytes() > 0);

            owner.close();
            assertThat(owner.hold(held.id())).isFalse();
            assertThat(names(collector(store).prune(List.of(EVERYTHING)))).containsExactly("held");
            assertThat(layersOnDisk()).isZero();
        }
    }

    @Test
    void whatWentCannotBeHeldAndIsStillGoneAfterReopening() throws Exception {
        StoredResult gone;
        try (Store store = open();
                Owner owner = store.results().owner("session")) {
            gone = publish(store, "gone", layer(store, 10));
            collector(store).prune(List.of(EVERYTHING));
            assertThat(owner.hold(gone.id())).isFalse();
        }
        try (Store store = open()) {
            assertThat(find(store, "gone")).isEmpty();
            assertThat(store.results().find(gone.id())).isEmpty();
            assertThat(collector(store).usage().records()).isEmpty();
        }
    }

    @Test
    void layerGoesWithTheLastResultThatNeedsIt() throws Exception {
        try (Store store = open()) {
            Owner owner = store.results().owner("session");
            Snapshot base = layer(store, 10);
            publish(store, "base", base);
            StoredResult above =
                    publish(store, "above", base.plus(layer(store, 10).layers().getFirst()));
            owner.hold(above.id());

            CacheCollector.Pruned first = collector(store).prune(List.of(EVERYTHING));
            assertThat(names(first)).containsExactly("base");
            assertThat(first.bytes()).isZero();
            assertThat(layersOnDisk()).isEqualTo(2);
            assertThat(find(store, "above")).contains(above);

            owner.close();
            assertThat(collector(store).prune(List.of(EVERYTHING)).bytes()).isPositive();
            assertThat(layersOnDisk()).isZero();
        }
    }

    @Test
    void untilTheLimitIsMetWhatIsMissedLeastGoesFirst() throws Exception {
        try (Store store = open()) {
            store.results().publish(result("dear", Duration.ofMinutes(10), layer(store, 100_000)), Owner.NONE);
            store.results().publish(result("cheap", Duration.ofSeconds(1), layer(store, 100_000)), Owner.NONE);
            store.results().publish(result("small", Duration.ofSeconds(1), layer(store, 1000)), Owner.NONE);
            now = now.plus(Duration.ofHours(100));
            store.results().publish(result("recent", Duration.ofSeconds(1), layer(store, 100_000)), Owner.NONE);

            assertThat(names(collector(store).prune(List.of(aByteLess(store))))).containsExactly("cheap");
            assertThat(names(collector(store).prune(List.of(aByteLess(store))))).containsExactly("small");
            assertThat(names(collector(store).prune(List.of(new CachePolicy("", _ -> true, Duration.ZERO, 0, 1, 0)))))
                    .containsExactly("recent", "dear");
        }
    }

    /**
     * Another engine told its client of each record while it held the lock of its cache, and removed one record per pass; the
     * number is that of {@code docs/dev/simulator.md}.
     */
    @Test
    void item06AllGoInOnePassWhichKeepsNobodyWaiting() throws Exception {
        try (Store store = open();
                var others = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                publish(store, "old " + i, layer(store, 10));
            }
            var policy = new CachePolicy(
                    "one that takes its time",
                    record -> record.inUse() || finishes(others.submit(() -> publish(store, "new", layer(store, 10)))),
                    Duration.ZERO,
                    0,
                    1,
                    0);

            assertThat(names(collector(store).prune(List.of(policy))))
                    .hasSize(50)
                    .allMatch(name -> name.startsWith("old "));
            assertThat(find(store, "new")).isPresent();
        }
    }

    private static boolean finishes(Future<?> work) {
        try {
            work.get(10, TimeUnit.SECONDS);
            return true;
        } catch (Exception e) {
            throw new AssertionError("who publishes waits for the pass", e);
        }
    }

    /**
     * Another engine removed what was on disk because an estimate of the memory for it was exceeded; the number is that of
     * {@code docs/dev/simulator.md}. What is remembered of a result here takes more in memory than the result takes on disk.
     */
    @Test
    void item18ManyResultsThatTakeLittleOnDiskAllStay() throws Exception {
        try (Store store = open()) {
            Snapshot shared = layer(store, 10);
            for (int i = 0; i < 2000; i++) {
                publish(store, "result " + i, shared);
            }
            long used = collector(store).usage().bytes();
            var limit = new CachePolicy("maxUsedSpace", _ -> true, Duration.ZERO, 0, used, 0);
            assertThat(names(collector(store).prune(List.of(limit)))).isEmpty();
            assertThat(collector(store).usage().records()).hasSize(2000);
        }
    }

    /** Wants the cache to be a little smaller than it is. */
    private CachePolicy aByteLess(Store store) throws IOException {
        long used = collector(store).usage().bytes();
        return new CachePolicy("maxUsedSpace", _ -> true, Duration.ZERO, 0, used - 1, 0);
    }

    @Test
    void reservedAndFreeSpaceAreCountedAsBuildKitDoes() {
        assertThat(EVERYTHING.limit(100, 0)).isZero();
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 0, 70, 0).limit(100, 0))
                .isEqualTo(70);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 80, 70, 0).limit(100, 0))
                .isEqualTo(80);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 0, 0, 30).limit(100, 10))
                .isEqualTo(80);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 90, 0, 30).limit(100, 10))
                .isEqualTo(90);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 0, 0, 30).limit(100, 50))
                .isEqualTo(Long.MAX_VALUE);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 5, 0, 300).limit(100, 10))
                .isEqualTo(5);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 40, 0, 0).limit(100, 10))
                .isEqualTo(40);
    }

    @Test
    void targetCountsOnceSomethingHasToGo() {
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 0, 70, 0, 50).limit(100, 0))
                .isEqualTo(50);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 0, 70, 0, 50).limit(60, 0))
                .isEqualTo(70);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 60, 70, 0, 50).limit(100, 0))
                .isEqualTo(60);
        assertThat(new CachePolicy("", _ -> true, Duration.ZERO, 0, 0, 0, 50).limit(100, 0))
                .isEqualTo(50);
    }

    @Test
    void bytesThatAreSharedAreChargedToTheOldest() throws Exception {
        try (Store store = open()) {
            Snapshot shared = layer(store, 10_000);
            publish(store, "first", shared);
            publish(store, "second", shared, layer(store, 10_000));

            CacheCollector.Usage usage = collector(store).usage();
            assertThat(usage.records()).extracting(CacheRecord::sharedBytes).doesNotContain(0L);
            assertThat(usage.records().stream()
                            .mapToLong(CacheRecord::chargedBytes)
                            .sum())
                    .isEqualTo(usage.bytes());
            assertThat(usage.records())
                    .extracting(CacheRecord::chargedBytes)
                    .hasSize(2)
                    .doesNotContain(0L);
        }
    }

    @Test
    void volumeIsARecordAndGoesWhenNobodyUsesIt() throws Exception {
        try (Store store = open()) {
            publish(store, "result", layer(store, 10));
            try (CacheVolumes.Volume volume =
                    volumes.use(Digest.of("maven"), "cache volume at /root/.m2", Optional.empty(), mine())) {
                Files.write(volume.directory().resolve("jar"), new byte[50_000]);
                CacheCollector.Usage usage = collector(store).usage();
                assertThat(usage.records())
                        .filteredOn(record -> record.origin().type() == RecordType.CACHE_MOUNT)
                        .singleElement()
                        .matches(CacheRecord::inUse)
                        .matches(record -> record.exclusiveBytes() >= 50_000)
                        .matches(record -> record.lastUsed().equals(now))
                        .matches(record -> record.uses() == 1);
                assertThat(usage.records().stream()
                                .mapToLong(CacheRecord::chargedBytes)
                                .sum())
                        .isEqualTo(usage.bytes());
                assertThat(names(collector(store).prune(List.of(EVERYTHING)))).containsExactly("result");
                assertThat(volume.directory().resolve("jar")).exists();
            }
            assertThat(names(collector(store).plan(List.of(EVERYTHING)))).containsExactly("cache volume at /root/.m2");
            CacheCollector.Pruned pruned = collector(store).prune(List.of(EVERYTHING));
            assertThat(names(pruned)).containsExactly("cache volume at /root/.m2");
            assertThat(pruned.bytes()).isGreaterThanOrEqualTo(50_000);
            assertThat(root.resolve("caches")).isEmptyDirectory();
        }
    }

    private Attributes mine() throws IOException {
        return Attributes.ofMode(0755).withOwner(ownId("unix:uid"), ownId("unix:gid"));
    }

    private int ownId(String attribute) throws IOException {
        return (Integer) Files.getAttribute(root, attribute);
    }

    @Test
    void recentlyUsedRecordsStayAsLongAsThePolicyKeepsThem() throws Exception {
        var keepADay = new CachePolicy("keepDuration", _ -> true, Duration.ofDays(1), 0, 0, 0);
        try (Store store = open()) {
            Owner owner = store.results().owner("session");
            publish(store, "old", layer(store, 10));
            StoredResult used = publish(store, "used", layer(store, 10));
            now = now.plus(Duration.ofDays(2));
            owner.hold(used.id());
            owner.close();
            publish(store, "new", layer(store, 10));

            assertThat(names(collector(store).prune(List.of(keepADay)))).containsExactly("old");
        }
        now = now.plus(Duration.ofHours(23));
        try (Store store = open()) {
            assertThat(names(collector(store).prune(List.of(keepADay)))).isEmpty();
            now = now.plus(Duration.ofHours(2));
            assertThat(names(collector(store).prune(List.of(keepADay)))).containsExactlyInAnyOrder("used", "new");
        }
    }

    @Test
    void policySeesWhatTheOnesBeforeItLeft() throws Exception {
        try (Store store = open()) {
            publish(store, "a", layer(store, 100_000));
            publish(store, "b", layer(store, 100_000));
            long used = collector(store).usage().bytes();
            var noB = new CachePolicy(
                    "no b", record -> record.origin().description().equals("b"), Duration.ZERO, 0, 0, 0);
            var half = new CachePolicy("half", _ -> true, Duration.ZERO, 0, used / 2, 0);
            assertThat(names(collector(store).plan(List.of(noB, half)))).containsExactly("b");
            assertThat(names(collector(store).prune(List.of(noB, half)))).containsExactly("b");
        }
    }

    @Test
    void resultWhoseKeysWereTakenByANewerOneGoesFirst() throws Exception {
        try (Store store = open()) {
            store.results().publish(result("upload", Duration.ofMinutes(10), layer(store, 100)), Owner.NONE);
            store.results().publish(result("upload", Duration.ofMillis(1), layer(store, 100)), Owner.NONE);
            collector(store).prune(List.of(aByteLess(store)));
            assertThat(find(store, "upload"))
                    .hasValueSatisfying(left -> assertThat(left.cost()).isEqualTo(Duration.ofMillis(1)));
        }
    }

    @Test
    void usageIsWhatTheDiskSaysAfterManyOperations() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var owners = new HashMap<Integer, Owner>();
        try (Store store = open()) {
            var blobs = new DiskBlobStore(StoreLayout.create(root), store.blobs(), Room.NONE);
            var snapshots = new ArrayList<>(List.of(Snapshot.EMPTY));
            for (int i = 0; i < 1000; i++) {
                switch (random.nextInt(20)) {
                    case 0 -> {
                        long used = collector(store).usage().bytes();
                        collector(store)
                                .prune(List.of(new CachePolicy(
                                        "", _ -> true, Duration.ZERO, 0, 1 + (long) (used * random.nextDouble()), 0)));
                        snapshots.removeIf(snapshot -> !snapshot.layers().stream()
                                .allMatch(layer -> Files.exists(root.resolve("layers/" + layer.value()))));
                    }
                    case 1, 2 ->
                        Optional.ofNullable(owners.remove(random.nextInt(10))).ifPresent(Owner::close);
                    case 3 -> {
                        byte[] text = new byte[1 + random.nextInt(30_000)];
                        random.nextBytes(text);
                        store.results().publish(withBlob("b" + i, blobs.put(text)), owner(store, owners, random));
                    }
                    case 4 -> {
                        try (CacheVolumes.Volume volume =
                                volumes.use(Digest.of("v" + random.nextInt(5)), "", Optional.empty(), mine())) {
                            Path file = volume.directory().resolve("f" + random.nextInt(3));
                            Files.write(file, new byte[random.nextInt(30_000)]);
                        }
                    }
                    default -> {
                        // Whoever builds on something holds it, so it is held by somebody who never lets go.
                        Owner owner = owner(store, owners, random);
                        Snapshot base = random.nextInt(3) == 0 ? Snapshot.EMPTY : snapshots.getLast();
                        Snapshot output = base.plus(
                                layer(store, random.nextInt(30_000)).layers().getFirst());
                        store.results().publish(result("r" + i, Duration.ofMillis(random.nextInt(100)), output), owner);
                        snapshots.add(output);
                    }
                }
            }
            CacheCollector.Usage usage = collector(store).usage();
            assertThat(usage.bytes()).as("seed " + seed).isEqualTo(allocated());
            owners.values().forEach(Owner::close);
            long freed = collector(store).prune(List.of(EVERYTHING)).bytes();
            assertThat(freed).as("seed " + seed).isEqualTo(usage.bytes());
            assertThat(layersOnDisk()).isZero();
        }
    }

    private static Owner owner(Store store, Map<Integer, Owner> owners, Random random) {
        return owners.computeIfAbsent(random.nextInt(10), n -> store.results().owner("o" + n));
    }

    /** What layers, cache volumes and blobs take, as {@code du} and {@code find} say. */
    private long allocated() throws Exception {
        Process du = new ProcessBuilder(
                        "sh",
                        "-c",
                        "(du --block-size=512 -s layers/* caches/*; find cas -type f -printf '%b\\n')"
                                + " | awk '{ sum += $1 } END { print 512 * sum }'")
                .directory(root.toFile())
                .start();
        String sum = new String(du.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII).strip();
        assertThat(du.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return Long.parseLong(sum);
    }

    @Test
    void nothingThatIsHeldGoesWhileOthersCollect() throws Exception {
        var stop = new AtomicBoolean();
        try (Store store = open();
                var threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            Future<?> collecting = threads.submit(() -> {
                while (!stop.get()) {
                    collector(store).prune(List.of(EVERYTHING));
                }
                return stop;
            });
            try {
                var builds = new ArrayList<Future<Integer>>();
                for (int user = 0; user < 3; user++) {
                    builds.add(threads.submit(() -> build(store)));
                }
                int made = 0;
                for (Future<Integer> build : builds) {
                    made += build.get(5, TimeUnit.MINUTES);
                }
                // One of them may find all that it needs, always held by another.
                assertThat(made).isGreaterThanOrEqualTo(5);
            } finally {
                stop.set(true);
            }
            collecting.get(1, TimeUnit.MINUTES);
        }
    }

    /** Builds the same chain again and again, as sessions that share it would. Returns how many steps were made. */
    private int build(Store store) throws Exception {
        int made = 0;
        for (int round = 0; round < 25; round++) {
            try (Owner session = store.results().owner("session")) {
                Snapshot last = Snapshot.EMPTY;
                for (int step = 0; step < 5; step++) {
                    Optional<StoredResult> found =
                            find(store, "step " + step).filter(result -> session.hold(result.id()));
                    if (found.isEmpty()) {
                        Snapshot output = last.plus(layer(store, 10).layers().getFirst());
                        found = Optional.of(
                                store.results().publish(result("step " + step, Duration.ofMillis(1), output), session));
                        made++;
                    }
                    last = found.get().outputs().getFirst();
                    for (var layer : last.layers()) {
                        assertThat(store.layers().directory(layer)).exists();
                    }
                }
            }
        }
        return made;
    }

    @Test
    void blobGoesWithItsResultAndStaysForOneThatIsAboutToBePublished() throws Exception {
        byte[] text = new byte[5000];
        Arrays.fill(text, (byte) 'x');
        try (Store store = open()) {
            var blobs = new DiskBlobStore(StoreLayout.create(root), store.blobs(), Room.NONE);
            Digest blob = blobs.put(text);
            collector(store).prune(List.of(EVERYTHING));
            assertThat(blobs.size(blob)).as("nobody refers to it yet").isPresent();

            NewResult first = withBlob("first", blob);
            store.results().publish(first, Owner.NONE);
            assertThat(collector(store).usage().bytes()).isEqualTo(8192);
            blobs.put(text);
            collector(store).prune(List.of(EVERYTHING));
            assertThat(find(store, "first")).isEmpty();
            store.results().publish(withBlob("second", blob), Owner.NONE);
            assertThat(find(store, "second")).isPresent();

            collector(store).prune(List.of(EVERYTHING));
            assertThat(blobs.size(blob)).isEmpty();
            assertThat(StoreLayout.create(root).blob(blob)).doesNotExist();
        }
    }

    /** Such as the layers of an execution that was cancelled while the last of its mounts was sealed. */
    @Test
    void whatWasMadeForAResultThatNeverCameGoesAfterAnHour() throws Exception {
        byte[] text = new byte[5000];
        try (Store store = open()) {
            var blobs = new DiskBlobStore(StoreLayout.create(root), store.blobs(), Room.NONE);
            Snapshot wanted = layer(store, 10);
            layer(store, 20);
            Digest blob = blobs.put(text);
            publish(store, "earlier", wanted);

            now = now.plus(Duration.ofMinutes(59));
            Snapshot late = layer(store, 30);
            collector(store).prune(List.of());
            assertThat(layersOnDisk()).as("any of them may still be published").isEqualTo(3);
            assertThat(blobs.size(blob)).isPresent();

            now = now.plus(Duration.ofMinutes(2));
            assertThat(collector(store).prune(List.of()).bytes()).isPositive();
            assertThat(layersOnDisk()).isEqualTo(2);
            assertThat(blobs.size(blob)).isEmpty();
            assertThat(collector(store).usage().bytes())
                    .isEqualTo(allocated() - store.layerBytes(late.layers().getFirst()));

            publish(store, "late", late);
            now = now.plus(Duration.ofHours(2));
            collector(store).prune(List.of());
            assertThat(layersOnDisk()).as("results have them").isEqualTo(2);
        }
    }

    /** An execution that prints the same on both outputs. */
    @Test
    void blobThatOneResultHasTwiceGoesToo() throws Exception {
        byte[] text = new byte[5000];
        try (Store store = open()) {
            var blobs = new DiskBlobStore(StoreLayout.create(root), store.blobs(), Room.NONE);
            blobs.put(text);
            Digest blob = blobs.put(text);
            store.results().publish(withBlob("both outputs", blob), Owner.NONE);
            now = now.plus(Duration.ofHours(2));
            collector(store).prune(List.of(EVERYTHING));
            assertThat(blobs.size(blob)).isEmpty();
        }
    }

    private static NewResult withBlob(String recipe, Digest blob) {
        return new NewResult(
                Map.of(KeyKind.RECIPE, List.of(Digest.of(recipe))),
                Digest.of("identity"),
                List.of(),
                Map.of(),
                Set.of(blob),
                Duration.ZERO,
                Origin.UNKNOWN);
    }
}
