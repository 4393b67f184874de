package org.buildengine.snapshotter.crash;

import java.io.FileInputStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;

/** A process that tries everything with all its descriptors in use, and again with them free, and prints what came of it. */
public final class StarvedWriter {
    private final Snapshotter snapshotter;

    private StarvedWriter(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    /** Argument: root directory. */
    public static void main(String[] arguments) throws Exception {
        try (var snapshotter = DiskSnapshotter.open(Path.of(arguments[0]), DiskSnapshotter.Options.defaults())) {
            var writer = new StarvedWriter(snapshotter);
            Snapshot base = writer.layer("first");
            writer.publish("first", base);
            // Classes need files too, so all are loaded before, those of errors as well.
            writer.tryAll("warm", base);
            attempt("warm error", () -> NativeThreads.run(() -> Descriptor.forReading("/does-not-exist")));
            attempt("warm failure", () -> DiskWrites.attempt("this", 1, Room.NONE, StarvedWriter::fail));
            // The daemon logs all along, so what logging needs is there.
            System.getLogger(StarvedWriter.class.getName()).log(Level.INFO, "at {0}", 1);
            var taken = new ArrayList<FileInputStream>();
            try {
                while (true) {
                    taken.add(new FileInputStream("/dev/null"));
                }
            } catch (IOException e) {
                System.out.println("taken " + e.getMessage());
            }
            writer.tryAll("starved", base);
            for (FileInputStream one : taken) {
                one.close();
            }
            writer.tryAll("fed", base);
        }
    }

    private interface Attempt {
        void run() throws IOException;
    }

    private void tryAll(String when, Snapshot base) {
        attempt(when + " blob", () -> blob(when));
        attempt(when + " layer", () -> layer(when));
        attempt(when + " workspace", () -> snapshotter.workspace(base).close());
        attempt(
                when + " volume",
                () -> snapshotter
                        .cacheVolumes()
                        .use(Digest.of(when), when, Optional.empty(), Attributes.ofMode(0755))
                        .close());
        attempt(when + " result", () -> publish(when, base));
        attempt(when + " found", () -> {
            if (snapshotter.results().find(KeyKind.RECIPE, Digest.of("first")).isEmpty()) {
                throw new IOException("lost");
            }
        });
        attempt(when + " usage", () -> snapshotter.collector().usage());
    }

    private static void attempt(String what, Attempt attempt) {
        try {
            attempt.run();
            System.out.println(what + ": done");
        } catch (IOException e) {
            System.out.println(what + ": " + e.getMessage());
        }
    }

    private static String fail() throws IOException {
        throw new IOException("Too many open files");
    }

    private void blob(String text) throws IOException {
        try (var ingest = snapshotter.blobs().ingest(Optional.empty())) {
            ingest.stream().write(text.getBytes(StandardCharsets.US_ASCII));
            Digest _ = ingest.commit();
        }
    }

    private Snapshot layer(String purpose) throws IOException {
        try (var layer = snapshotter.writeLayer(purpose)) {
            layer.directory("d", Attributes.ofMode(0755));
            return Snapshot.EMPTY.plus(layer.seal().id());
        }
    }

    private void publish(String name, Snapshot output) throws IOException {
        var _ = snapshotter.results().publish(NamedResult.of(name, output), Owner.NONE);
    }
}
