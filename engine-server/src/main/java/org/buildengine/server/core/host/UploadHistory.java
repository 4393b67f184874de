package org.buildengine.server.core.host;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.core.Hosts.Selection;
import org.buildengine.session.ClientMetadata;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.op.KeyEncoder;

/**
 * The last upload of each directory of each machine: a result like any other, so that its pointer and its layers become
 * visible together, survive a crash together, and are collected together. Safe for use by several threads; of two uploads
 * at a time the later one is found again.
 *
 * <p>A client that names a file with the right size and time gets the content that was uploaded under that name, without
 * showing that it has it. So an upload is found again only by a client that says the same secret stable id and host name,
 * and asks for the same path and selection. A client that has no stable id, or that joined the session of another and so
 * may run in a container, finds nothing and leaves nothing to be found: its uploads are kept for its session only.
 */
final class UploadHistory {
    private static final String SCANNED = "scanned";
    private static final String WORN = "worn";

    private final ResultStore results;
    private final InstantSource clock;

    UploadHistory(ResultStore results, InstantSource clock) {
        this.results = results;
        this.clock = clock;
    }

    /** Names what is uploaded, or nothing if it is not to be found again. */
    static Optional<Digest> key(DaggerClient client, String path, Selection selection) {
        ClientMetadata who = client.metadata();
        if (who.clientStableId().isBlank() || !client.isMain()) {
            return Optional.empty();
        }
        return Optional.of(new KeyEncoder()
                .text("upload of a host directory")
                .text(who.clientStableId())
                .text(who.clientHostname())
                .text(path)
                .texts(selection.include())
                .texts(selection.exclude())
                .flag(selection.gitignore())
                .finish());
    }

    /** The time, as {@link EarlierUpload#scannedNanos} counts it. */
    long now() {
        Instant now = clock.instant();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    /** The last upload under this key, if all of it is still here. */
    EarlierUpload find(Digest key, Owner owner) {
        return results.find(KeyKind.RECIPE, key)
                .filter(result -> owner.hold(result.id()))
                .map(UploadHistory::decode)
                .orElse(EarlierUpload.NONE);
    }

    private static EarlierUpload decode(StoredResult result) {
        return new EarlierUpload(
                result.outputs().getFirst(),
                result.identity(),
                Long.parseLong(result.facts().getOrDefault(SCANNED, "0")),
                Boolean.parseBoolean(result.facts().get(WORN)));
    }

    /** Keeps an upload for {@code owner}, and under its key, if it has one, in the place of the one before. */
    void keep(Optional<Digest> key, EarlierUpload upload, String path, Owner owner) throws IOException {
        var result = new NewResult(
                Map.of(KeyKind.RECIPE, key.stream().toList()),
                upload.content(),
                List.of(upload.snapshot()),
                Map.of(SCANNED, Long.toString(upload.scannedNanos()), WORN, Boolean.toString(upload.worn())),
                Set.of(),
                Duration.ZERO,
                new Origin(RecordType.LOCAL_SOURCE, "upload of " + path));
        var _ = results.publish(result, owner);
    }
}
