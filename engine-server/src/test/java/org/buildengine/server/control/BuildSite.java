package org.buildengine.server.control;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.conversion.ConversionRules;
import org.buildengine.snapshotter.layer.DiskLayers;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.evidence.BuildHistory;
import org.buildengine.solver.evidence.BuildLog;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/** A store with the evidence of two builds, and what they printed; nothing runs. */
final class BuildSite implements AutoCloseable {
    /** What builds ask for. */
    static final Vertex STEP = step("alpine");

    private static final InstantSource CLOCK = InstantSource.system();

    final BuildHistory history;
    final BuildOutput output;
    private final DiskSnapshotter snapshotter;

    private BuildSite(DiskSnapshotter snapshotter, EventLogs logs) throws IOException {
        this.snapshotter = snapshotter;
        this.history = BuildHistory.open(snapshotter, CLOCK, 2, logs);
        this.output = new BuildOutput(history, logs, snapshotter.blobs());
    }

    /** Opens what is in a directory. */
    static BuildSite open(Path root) throws IOException {
        DiskSnapshotter snapshotter = DiskSnapshotter.open(
                root,
                new DiskSnapshotter.Options(
                        Optional.of(LayerForm.DIRECTORY),
                        Optional.of("boot"),
                        Duration.ofHours(1),
                        CLOCK,
                        DiskLayers::new,
                        ConversionRules.DEFAULT,
                        () -> {}));
        return new BuildSite(snapshotter, EventLogs.open(root.resolve("events"), Long.MAX_VALUE));
    }

    static Vertex step(String image) {
        return Vertex.of(new SourceOp("image", image, Map.of("name", "from " + image)));
    }

    /** A step that has to run. */
    static Miss miss() {
        return new Miss(List.of(), Digest.of("key"), Optional.empty());
    }

    /** A build whose client will have ended the session. */
    BuildLog begin(String id) {
        return history.begin(id, () -> Cancellation.CLIENT_ENDED);
    }

    /** A build begins to run a step. */
    static RunLog run(BuildLog build, Vertex step, Miss miss) {
        build.missed(step, miss);
        return miss.begin(step, Instant.now(), CLOCK);
    }

    /** A build begins to run its step. */
    static RunLog run(BuildLog build) {
        return run(build, STEP, miss());
    }

    @Override
    public void close() {
        history.close();
        snapshotter.close();
    }
}
