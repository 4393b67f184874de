package org.buildengine.snapshotter;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** A process that publishes results until it is killed, and prints each when it was told that it is published. */
public final class KilledPublisher {
    private KilledPublisher() {}

    /** Arguments: root directory, number of the run. */
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]);
        String run = arguments[1];
        var layers = new AtomicReference<PlainLayers>();
        var options = DiskSnapshotter.Options.with((staging, catalog) -> {
                    var made = new PlainLayers(staging);
                    layers.set(made);
                    return made;
                })
                .withEpochInterval(Duration.ofMillis(50));
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII);
        try (var snapshotter = DiskSnapshotter.open(root, options)) {
            out.println("open");
            Snapshot base = Snapshot.EMPTY;
            for (int i = 0; ; i++) {
                String name = run + "/" + i;
                Digest blob;
                try (var ingest = snapshotter.blobs().ingest(Optional.empty())) {
                    ingest.stream().write(name.repeat(1000).getBytes(StandardCharsets.US_ASCII));
                    blob = ingest.commit();
                }
                Snapshot sealed;
                try (Workspace workspace = snapshotter.workspace(base)) {
                    Files.writeString(workspace.root().resolve("file"), name);
                    sealed = workspace.seal();
                }
                StoredResult published = snapshotter
                        .results()
                        .publish(
                                new ResultStore.NewResult(
                                        Map.of(
                                                KeyKind.RECIPE, List.of(Digest.of(name)),
                                                KeyKind.PRODUCER, List.of(Digest.of("p" + name))),
                                        Digest.of(name),
                                        List.of(sealed),
                                        Map.of("name", name),
                                        Set.of(blob),
                                        Duration.ofMillis(1),
                                        Origin.UNKNOWN),
                                Owner.NONE);
                out.println(published.id() + " " + name + " " + blob);
                base = i % 20 == 19 ? Snapshot.EMPTY : sealed;
            }
        }
    }
}
