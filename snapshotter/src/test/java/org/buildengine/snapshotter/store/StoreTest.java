package org.buildengine.snapshotter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.layer.LayerForm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    private static final Duration NEVER = Duration.ofHours(1);

    @TempDir
    Path temporary;

    private static Store open(Path root) throws IOException {
        return open(root, "boot-1", NEVER);
    }

    private static Store open(Path root, String bootId, Duration epochInterval) throws IOException {
        try (Store.Locked locked = Store.lock(StoreLayout.create(root))) {
            return locked.open(new Store.Settings(LayerForm.DIRECTORY, bootId, epochInterval, InstantSource.system()));
        }
    }

    private static Snapshot layer(Store store, String content) throws IOException {
        try (var staged = store.layers().stage("test")) {
            Files.writeString(staged.directory().resolve("index"), content);
            return new Snapshot(List.of(staged.publish()));
        }
    }

    private static NewResult result(Map<KeyKind, List<Digest>> keys, Snapshot... outputs) {
        return new NewResult(
                keys,
                Digest.of("identity"),
                List.of(outputs),
                Map.of("exit", "0"),
                Set.of(),
                Duration.ofMillis(7),
                Origin.UNKNOWN);
    }

    private static NewResult underRecipe(String recipe, Snapshot... outputs) {
        return result(Map.of(KeyKind.RECIPE, List.of(Digest.of(recipe))), outputs);
    }

    /** What a crash of this moment leaves: the files as the kernel has them, without an orderly close. */
    private Path crashImage(Path root) throws IOException {
        Path copy = temporary.resolve("crash-" + System.nanoTime());
        try (var files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = copy.resolve(root.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }

    @Test
    void resultIsFoundUnderEachOfItsKeysAndAfterReopening() throws IOException {
        Digest recipe = Digest.of("recipe");
        Digest producer = Digest.of("producer");
        Digest content = Digest.of("content");
        StoredResult published;
        Digest blob;
        try (Store store = open(temporary)) {
            blob = Digest.of("long text");
            Files.createDirectories(StoreLayout.create(temporary).blob(blob).getParent());
            Files.writeString(StoreLayout.create(temporary).blob(blob), "long text");
            store.blobs().add(blob, 9);
            var snapshot = layer(store, "a").plus(layer(store, "b"));
            published = store.results()
                    .publish(
                            new NewResult(
                                    Map.of(
                                            KeyKind.RECIPE, List.of(recipe),
                                            KeyKind.PRODUCER, List.of(producer),
                                            KeyKind.CONTENT, List.of(content)),
                                    Digest.of("identity"),
                                    List.of(snapshot, Snapshot.EMPTY),
                                    Map.of("exit", "0", "stdout", "héllo\n"),
                                    Set.of(blob),
                                    Duration.ofNanos(123_456_789),
                                    Origin.UNKNOWN),
                            Owner.NONE);
        }
        try (Store store = open(temporary)) {
            assertThat(store.results().find(KeyKind.RECIPE, recipe)).contains(published);
            assertThat(store.results().find(KeyKind.PRODUCER, producer)).contains(published);
            assertThat(store.results().find(KeyKind.CONTENT, content)).contains(published);
            assertThat(store.results().find(published.id())).contains(published);
            assertThat(store.results().find(KeyKind.RECIPE, producer)).isEmpty();
        }
    }

    @Test
    void recipeKeysFollowTheNewestResultAndProducerKeysKeepTheirFirst() throws IOException {
        Digest key = Digest.of("key");
        var keys = Map.of(KeyKind.RECIPE, List.of(key), KeyKind.PRODUCER, List.of(key), KeyKind.CONTENT, List.of(key));
        try (Store store = open(temporary)) {
            StoredResult first = store.results().publish(result(keys), Owner.NONE);
            StoredResult second = store.results().publish(result(keys), Owner.NONE);
            assertThat(store.results().find(KeyKind.RECIPE, key)).contains(second);
            assertThat(store.results().find(KeyKind.PRODUCER, key)).contains(first);
            assertThat(store.results().find(KeyKind.CONTENT, key)).contains(first);

            store.results().addKey(KeyKind.RECIPE, key, first.id());
            store.results().addKey(KeyKind.CONTENT, key, second.id());
            assertThat(store.results().find(KeyKind.RECIPE, key)).contains(first);
            assertThat(store.results().find(KeyKind.CONTENT, key)).contains(first);
            assertThatThrownBy(() -> store.results().addKey(KeyKind.RECIPE, Digest.of("x"), 999))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("999");
        }
    }

    @Test
    void producerKeyHasOneWinnerHoweverManyPublishAtOnce() throws Exception {
        Digest producer = Digest.of("producer");
        try (Store store = open(temporary);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var publishing = new ArrayList<Callable<StoredResult>>();
            for (int i = 0; i < 200; i++) {
                var keys =
                        Map.of(KeyKind.PRODUCER, List.of(producer), KeyKind.RECIPE, List.of(Digest.of("recipe " + i)));
                publishing.add(() -> store.results().publish(result(keys), Owner.NONE));
            }
            var ids = new HashSet<Long>();
            for (Future<StoredResult> published : threads.invokeAll(publishing)) {
                ids.add(published.get().id());
            }
            assertThat(ids).hasSize(200);
            StoredResult winner =
                    store.results().find(KeyKind.PRODUCER, producer).orElseThrow();
            assertThat(ids).contains(winner.id());
            store.results().publish(result(Map.of(KeyKind.PRODUCER, List.of(producer))), Owner.NONE);
            assertThat(store.results().find(KeyKind.PRODUCER, producer)).contains(winner);
        }
    }

    @Test
    void resultWhoseLayerIsGoneIsAMissAndItsProducerKeyIsFreeAgain() throws IOException {
        Digest producer = Digest.of("producer");
        var keys = Map.of(KeyKind.PRODUCER, List.of(producer));
        Snapshot lost;
        try (Store store = open(temporary)) {
            lost = layer(store, "lost");
            store.results().publish(result(keys, lost), Owner.NONE);
        }
        Path directory = StoreLayout.create(temporary).layer(lost.layers().getFirst());
        Files.delete(directory.resolve("index"));
        Files.delete(directory);
        try (Store store = open(temporary)) {
            assertThat(store.results().find(KeyKind.PRODUCER, producer)).isEmpty();
            StoredResult again = store.results().publish(result(keys, layer(store, "again")), Owner.NONE);
            assertThat(store.results().find(KeyKind.PRODUCER, producer)).contains(again);
        }
    }

    @Test
    void resultThatNamesWhatIsNotHereIsRefusedAndLeavesNoKey() throws IOException {
        try (Store store = open(temporary)) {
            var unknown = new Snapshot(List.of(new LayerId("nothing")));
            assertThatThrownBy(() -> store.results().publish(underRecipe("recipe", unknown), Owner.NONE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no layer nothing");
            assertThat(store.results().find(KeyKind.RECIPE, Digest.of("recipe")))
                    .isEmpty();
            var tooLong = new NewResult(
                    Map.of(),
                    Digest.of("x"),
                    List.of(),
                    Map.of("stdout", "x".repeat(70_000)),
                    Set.of(),
                    Duration.ZERO,
                    Origin.UNKNOWN);
            assertThatThrownBy(() -> store.results().publish(tooLong, Owner.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("stdout");
        }
    }

    /** Another engine lost all results at an unclean exit; the number is that of {@code docs/dev/simulator.md}. */
    @Test
    void item17CrashKeepsWhatWasPublishedAndClearsTheRest() throws IOException {
        try (Store store = open(temporary.resolve("live"))) {
            Snapshot kept = layer(store, "kept");
            Snapshot unnamed = layer(store, "unnamed");
            StoredResult published = store.results().publish(underRecipe("recipe", kept), Owner.NONE);
            try (var unfinished = store.layers().stage("unfinished")) {
                Files.writeString(unfinished.directory().resolve("index"), "half");
                Path crashed = crashImage(temporary.resolve("live"));
                try (Store after = open(crashed)) {
                    var layout = StoreLayout.create(crashed);
                    assertThat(after.results().find(KeyKind.RECIPE, Digest.of("recipe")))
                            .contains(published);
                    assertThat(after.layers()
                                    .directory(kept.layers().getFirst())
                                    .resolve("index"))
                            .hasContent("kept");
                    assertThat(layout.layer(unnamed.layers().getFirst())).doesNotExist();
                    assertThat(layout.work()).isEmptyDirectory();
                    Awaitility.await()
                            .atMost(10, TimeUnit.SECONDS)
                            .untilAsserted(() -> assertThat(layout.trash()).isEmptyDirectory());
                    assertThatThrownBy(() ->
                                    after.layers().directory(unnamed.layers().getFirst()))
                            .isInstanceOf(IOException.class);
                }
            }
        }
    }

    @Test
    void anotherBootDropsExactlyTheResultsThatHadNotReachedTheDisk() throws IOException {
        Path live = temporary.resolve("live");
        StoredResult durable;
        try (Store store = open(live)) {
            durable = store.results().publish(underRecipe("durable", layer(store, "durable")), Owner.NONE);
        }
        try (Store store = open(live)) {
            StoredResult late = store.results().publish(underRecipe("late", layer(store, "late")), Owner.NONE);
            store.results().addKey(KeyKind.CONTENT, Digest.of("late key"), durable.id());
            Path crashed = crashImage(live);
            try (Store after = open(crashImage(live), "boot-1", NEVER)) {
                assertThat(after.results().find(KeyKind.RECIPE, Digest.of("late")))
                        .contains(late);
            }
            try (Store after = open(crashed, "boot-2", NEVER)) {
                assertThat(after.results().find(KeyKind.RECIPE, Digest.of("durable")))
                        .contains(durable);
                assertThat(after.results().find(KeyKind.RECIPE, Digest.of("late")))
                        .isEmpty();
                assertThat(after.results().find(KeyKind.CONTENT, Digest.of("late key")))
                        .isEmpty();
                assertThat(after.results().find(late.id())).isEmpty();
                assertThat(StoreLayout.create(crashed)
                                .layer(late.outputs().getFirst().layers().getFirst()))
                        .doesNotExist();
                StoredResult next = after.results().publish(underRecipe("next"), Owner.NONE);
                assertThat(next.id()).isGreaterThan(late.id());
            }
            try (Store again = open(crashed, "boot-3", NEVER)) {
                assertThat(again.results().find(KeyKind.RECIPE, Digest.of("next")))
                        .isPresent();
            }
        }
    }

    @Test
    void resultsBecomeDurableInTheBackground() throws IOException {
        Path live = temporary.resolve("live");
        try (Store store = open(live, "boot-1", Duration.ofMillis(20))) {
            StoredResult published = store.results().publish(underRecipe("recipe", layer(store, "x")), Owner.NONE);
            Awaitility.await().atMost(30, TimeUnit.SECONDS).untilAsserted(() -> {
                try (Store after = open(crashImage(live), "boot-2", NEVER)) {
                    assertThat(after.results().find(KeyKind.RECIPE, Digest.of("recipe")))
                            .contains(published);
                }
            });
        }
    }

    @Test
    void secondOpenerIsRefusedAndToldWhoHoldsTheStore() throws IOException {
        try (Store store = open(temporary)) {
            assertThat(store.results().find(1)).isEmpty();
            String pid = Long.toString(ProcessHandle.current().pid());
            assertThatThrownBy(() -> open(temporary))
                    .isInstanceOfSatisfying(
                            StoreInUseException.class,
                            e -> assertThat(e.holder()).isEqualTo(pid))
                    .hasMessageContaining(temporary.toRealPath().toString())
                    .hasMessageContaining("process " + pid);
        }
        try (Store again = open(temporary)) {
            assertThat(again.results().find(1)).isEmpty();
        }
    }

    @Test
    void newerFormatIsRefusedAndLeftAsItIs() throws Exception {
        try (Store store = open(temporary)) {
            store.results().publish(underRecipe("recipe"), Owner.NONE);
        }
        var layout = StoreLayout.create(temporary);
        writeFormat(layout, Store.FORMAT + 1);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> open(temporary))
                    .isInstanceOf(StoreFormatException.class)
                    .hasMessageContaining("format " + (Store.FORMAT + 1));
        }
        writeFormat(layout, Store.FORMAT);
        try (Store store = open(temporary)) {
            assertThat(store.results().find(KeyKind.RECIPE, Digest.of("recipe")))
                    .isPresent();
        }
    }

    private static void writeFormat(StoreLayout layout, long format) throws Exception {
        try (Database database = Database.open(layout.database(), "boot-1");
                var batch = new org.rocksdb.WriteBatch()) {
            batch.put(database.family(Table.META), Store.FORMAT_KEY, RocksResultStore.bytes(format));
            database.write(batch, true);
        }
    }

    @Test
    void strangersInTheDirectoriesDoNotKeepTheStoreFromOpening() throws IOException {
        var layout = StoreLayout.create(temporary);
        Files.writeString(layout.layers().resolve("NOT A LAYER"), "x");
        Files.createDirectories(layout.layers().resolve("half/fs/deep"));
        Files.writeString(layout.blobs().resolve("stray"), "x");
        Files.createDirectories(layout.blobs().resolve("ab"));
        Files.writeString(layout.blobs().resolve("ab/zz-not-hex"), "x");
        Files.createDirectories(layout.work().resolve("upper/work"));
        Files.writeString(layout.lock(), "not a number");
        try (Store store = open(temporary)) {
            assertThat(store.results().find(1)).isEmpty();
            assertThat(layout.layers()).isEmptyDirectory();
            assertThat(layout.work()).isEmptyDirectory();
            assertThat(layout.blobs().resolve("ab")).isEmptyDirectory();
        }
        assertThat(Files.readString(layout.lock(), StandardCharsets.US_ASCII))
                .isEqualTo(ProcessHandle.current().pid() + "\n");
    }

    @Test
    void discardedLayerLeavesNothing() throws IOException {
        try (Store store = open(temporary)) {
            var staged = store.layers().stage("given up");
            Files.writeString(staged.directory().resolve("index"), "x");
            staged.close();
            staged.close();
            assertThat(StoreLayout.create(temporary).work()).isEmptyDirectory();
            assertThatThrownBy(staged::publish).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void closedStoreAnswersWithErrorsInsteadOfCrashing() throws IOException {
        Store store = open(temporary);
        StoredResult published = store.results().publish(underRecipe("recipe"), Owner.NONE);
        store.close();
        store.close();
        assertThat(store.results().find(published.id())).isEmpty();
        assertThatThrownBy(() -> store.results().publish(underRecipe("other"), Owner.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void resultThatLacksAPartGoesAndLeavesWhatOthersNeed() throws IOException {
        StoreLayout layout = StoreLayout.create(temporary);
        Digest blob = Digest.of("blob");
        LayerId missing;
        LayerId shared;
        LayerId unneeded;
        long incomplete;
        long withoutBlob;
        try (Store store = open(temporary)) {
            Snapshot one = layer(store, "missing");
            Snapshot two = layer(store, "shared");
            Snapshot three = layer(store, "unneeded");
            missing = one.layers().getFirst();
            shared = two.layers().getFirst();
            unneeded = three.layers().getFirst();
            incomplete = publish(store, underRecipe("incomplete", two, one, three));
            long _ = publish(store, underRecipe("whole", two));
            Files.createDirectories(layout.blob(blob).getParent());
            Files.writeString(layout.blob(blob), "blob");
            store.blobs().add(blob, 4);
            withoutBlob = publish(
                    store,
                    new NewResult(
                            Map.of(KeyKind.RECIPE, List.of(Digest.of("without blob"))),
                            Digest.of("identity"),
                            List.of(),
                            Map.of(),
                            Set.of(blob),
                            Duration.ZERO,
                            Origin.UNKNOWN));
        }
        Files.delete(layout.layer(missing).resolve("index"));
        Files.delete(layout.layer(missing));
        Files.delete(layout.blob(blob));

        try (Store store = open(temporary)) {
            assertThat(store.results().find(KeyKind.RECIPE, Digest.of("incomplete")))
                    .isEmpty();
            assertThat(store.results().find(KeyKind.RECIPE, Digest.of("without blob")))
                    .isEmpty();
            assertThat(store.results().find(KeyKind.RECIPE, Digest.of("whole"))).isPresent();
            for (long gone : List.of(incomplete, withoutBlob)) {
                assertThat(store.results().removed(gone).orElseThrow().policy())
                        .isEqualTo("a part of it was missing when the engine started");
            }
            assertThat(layout.layer(shared)).exists();
            assertThat(layout.layer(unneeded)).doesNotExist();
            assertThat(store.layers().find(unneeded.value())).isEmpty();
            assertThat(store.layers().find(shared.value())).contains(shared);
        }
    }

    @Test
    void resultsFromBeforeAFailureOfTheDiskGoInTheSameRunOfTheKernel() throws IOException {
        Path died;
        Path note;
        try (Store store = open(temporary.resolve("root"))) {
            long _ = publish(store, underRecipe("before", layer(store, "before")));
            died = crashImage(temporary.resolve("root"));
        }
        note = DiskFailures.note(died.toRealPath());
        try {
            new DiskFailures(died.toRealPath()).add();
            assertThat(note).content().contains(died.toString());
            try (Store store = open(died)) {
                assertThat(store.results().find(KeyKind.RECIPE, Digest.of("before")))
                        .isEmpty();
                long _ = publish(store, underRecipe("after", layer(store, "after")));
                died = crashImage(died);
            }
            Files.move(note, DiskFailures.note(died.toRealPath()));
            note = DiskFailures.note(died.toRealPath());
            try (Store store = open(died)) {
                assertThat(store.results().find(KeyKind.RECIPE, Digest.of("after")))
                        .as("what came after it stays")
                        .isPresent();
            }
        } finally {
            Files.deleteIfExists(note);
        }
    }

    private static long publish(Store store, NewResult result) throws IOException {
        return store.results().publish(result, Owner.NONE).id();
    }
}
