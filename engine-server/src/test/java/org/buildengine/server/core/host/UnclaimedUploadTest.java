package org.buildengine.server.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.TestClients;
import org.buildengine.server.core.Hosts.Selection;
import org.buildengine.server.core.Hosts.Uploaded;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.hostfiles.ClientFiles;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.transport.AttachedPair;
import org.buildengine.session.transport.ClientAttachment;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.conversion.ConversionRules;
import org.buildengine.snapshotter.layer.DiskLayers;
import org.buildengine.snapshotter.layer.LayerForm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of uploads that no result names. */
@Timeout(60)
class UnclaimedUploadTest {
    private static final Selection ALL = new Selection(".", List.of(), List.of(), false);

    @TempDir
    private Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T12:00:00Z"));

    private DiskSnapshotter store() throws Exception {
        InstantSource clock = now::get;
        return DiskSnapshotter.open(
                directory.resolve("store"),
                new DiskSnapshotter.Options(
                        Optional.of(LayerForm.DIRECTORY),
                        Optional.of("boot"),
                        Duration.ofHours(1),
                        clock,
                        DiskLayers::new,
                        ConversionRules.DEFAULT,
                        () -> {}));
    }

    /** What the first step on an upload does: it makes the tree a result. */
    private static void use(Uploaded uploaded, DiskSnapshotter snapshotter) throws Exception {
        var result = new ResultStore.NewResult(
                Map.of(),
                uploaded.content(),
                List.of(uploaded.snapshot()),
                Map.of(),
                Set.of(),
                Duration.ZERO,
                Origin.UNKNOWN);
        assertThat(snapshotter.results().publish(result, Owner.NONE).outputs()).containsExactly(uploaded.snapshot());
    }

    /** The session remembers it, and every retry would name a layer that the store has no more. */
    @Test
    void uploadOfAClientWithoutAStableIdStaysForAsLongAsItsSession() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("file"), "content");
        DaggerClient client = TestClients.client(TestClients.session("session"));
        try (DiskSnapshotter snapshotter = store();
                AttachedPair pair = AttachedPair.tcp();
                ClientAttachment _ = pair.attach(List.of(new ClientFiles(new HostPaths(tree, tree)).service()));
                Attachables attachables = pair.engineSide()) {
            var hosts = new AttachedHosts(_ -> attachables, snapshotter, now::get);
            Uploaded uploaded = hosts.upload(client, ALL);

            now.updateAndGet(before -> before.plus(Duration.ofHours(2)));
            snapshotter.collector().prune(List.of(CachePolicy.everything("all that nobody holds")));

            use(uploaded, snapshotter);

            TestClients.tearDown(client.session());
            snapshotter.collector().prune(List.of(CachePolicy.everything("all that nobody holds")));

            assertThat(snapshotter.collector().usage().bytes()).isZero();
        }
    }
}
