package org.buildengine.server.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.registry.ImageResolver;
import org.buildengine.server.registry.Inquiry;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.RegistryClient;
import org.buildengine.server.registry.RegistryCredentials;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.admission.Gate;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;

/**
 * The source of images in registries. Its layers are fetched in parallel, unpacked while they arrive, and found again by
 * the digest of the archive, whichever image brought them. Safe for several threads.
 */
public final class ImageSource implements OpRunner<SourceOp> {
    /** The scheme of {@link SourceOp} that this source serves. */
    public static final String SCHEME = "image";

    private static final String REFERENCE = "reference";
    private static final String PLATFORM = "platform";

    /** A layer of fewer bytes takes hardly longer than to ask for it. */
    private static final long SMALL = 4 << 20;

    /** So many small layers may be fetched in the place of another. */
    private static final int SMALL_IN_PLACE = 2;

    private final ImageResolver resolver;
    private final RegistryClient client;
    private final Snapshotter snapshotter;
    private final Waits waits;
    private final LayerDownloads downloads = new LayerDownloads();
    private final Map<String, Gate> perHost = new ConcurrentHashMap<>();

    /** Fetches into {@code snapshotter}; says in {@code waits} who waits for which layer. */
    public ImageSource(ImageResolver resolver, RegistryClient client, Snapshotter snapshotter, Waits waits) {
        this.resolver = resolver;
        this.client = client;
        this.snapshotter = snapshotter;
        this.waits = waits;
    }

    /**
     * The operation that fetches the root file system of {@code image}. Which registry has it is a part of what is wanted: a
     * run of one that hangs is no run of another one, though both have the same image.
     */
    public static SourceOp op(ResolvedImage image) {
        return new SourceOp(
                SCHEME,
                image.manifest() + " " + image.platform() + " " + image.name().host(),
                Map.of(
                        "name",
                        "pull " + image.name(),
                        REFERENCE,
                        image.name().toString(),
                        PLATFORM,
                        image.platform().toString()));
    }

    @Override
    public Output run(SourceOp op, List<Snapshot> inputs, Run run) throws Exception {
        String[] pinned = op.pinned().split(" ", 3);
        String reference = op.hints().get(REFERENCE);
        if (reference == null || pinned.length != 3) {
            throw new IllegalArgumentException(
                    "an image operation needs a manifest digest, a platform, a registry and a reference");
        }
        ImageReference name = ImageReference.parse(reference).withDigest(Digest.parse(pinned[0]));
        Thread runner = Thread.currentThread();
        run.onCancel(runner::interrupt);
        ResolvedImage image = resolve(name, Platform.parse(pinned[1]), run);
        List<Snapshot> layers = fetchAll(image, credentials(run), run);
        return new Output(List.of(stack(image, layers)), Optional.of(identity(image)), Map.of(), Set.of());
    }

    private static RegistryCredentials credentials(Run run) {
        return RegistryCredentials.anyOf(() -> run.offers(RegistryCredentials.class));
    }

    /**
     * The image for {@code platform}, on behalf of whoever demands {@code run}.
     *
     * @throws IOException if it cannot be had; the message names the image, the platform and the reason
     */
    public ResolvedImage resolve(ImageReference name, Platform platform, Run run)
            throws IOException, InterruptedException {
        var inquiry = new Inquiry();
        Party registry = Party.registry(name.host());
        try (Waits.Waiting _ = waits.begin(
                Party.step(run.vertex()), Wait.Kind.IMAGE, name.toString(), () -> inquiry.awaited(registry))) {
            return resolver.resolve(name, platform, credentials(run), inquiry);
        }
    }

    private Snapshot stack(ResolvedImage image, List<Snapshot> layers) throws IOException {
        try {
            return snapshotter.stack(layers);
        } catch (IOException e) {
            throw new IOException("failed to stack the layers of image \"" + image.name() + "\": " + e.getMessage(), e);
        }
    }

    /** Digest over the ordered layer digests: equal for images with equal layers, whatever their configuration. */
    private static Digest identity(ResolvedImage image) {
        var encoder = new KeyEncoder().text("image-layers").list(image.layers().size());
        image.layers().forEach(layer -> encoder.digest(layer.diffId()));
        return encoder.finish();
    }

    private List<Snapshot> fetchAll(ResolvedImage image, RegistryCredentials credentials, Run run)
            throws IOException, InterruptedException {
        var tasks = new ArrayList<Future<Snapshot>>();
        var threads = new ArrayList<Thread>();
        for (ResolvedImage.Layer layer : image.layers()) {
            var task = new FutureTask<>(() -> layer(image.name(), layer, credentials, run));
            tasks.add(task);
            threads.add(
                    Thread.ofVirtual().name("pull-" + image.name().repository()).start(task));
        }
        try {
            var layers = new ArrayList<Snapshot>();
            for (Future<Snapshot> task : tasks) {
                layers.add(task.get());
            }
            return layers;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("failed to pull image \"" + image.name() + "\": " + cause.getMessage(), cause);
        } finally {
            tasks.forEach(task -> task.cancel(true));
            awaitEnds(threads);
        }
    }

    /** However often this thread is interrupted meanwhile, as it is when the run is cancelled; it stays so. */
    private static void awaitEnds(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Snapshot layer(ImageReference name, ResolvedImage.Layer layer, RegistryCredentials credentials, Run run)
            throws IOException, InterruptedException {
        Digest key = new KeyEncoder().text("layer").digest(layer.diffId()).finish();
        while (!run.cancelled()) {
            Optional<StoredResult> known = snapshotter.results().find(KeyKind.PRODUCER, key);
            StoredResult result = known.isPresent() ? known.get() : awaited(name, layer, key, credentials, run);
            // What was collected in this moment is fetched again.
            if (run.owner().hold(result.id())) {
                return result.outputs().getFirst();
            }
        }
        throw new InterruptedException("nobody demands the layer any more");
    }

    private StoredResult awaited(
            ImageReference name, ResolvedImage.Layer layer, Digest key, RegistryCredentials credentials, Run run)
            throws IOException, InterruptedException {
        Party registry = Party.registry(name.host());
        var wanted = new LayerDownloads.Wanted(layer.diffId(), name.host());
        try (Waits.Waiting _ = waits.begin(
                Party.step(run.vertex()),
                Wait.Kind.LAYER,
                layer.blob().digest().toString(),
                () -> downloads.awaited(wanted, registry))) {
            return downloads.await(
                    wanted,
                    credentials,
                    (inquiry, logins) -> download(new Fetch(name, layer, logins, run, inquiry), key));
        }
    }

    /** A layer that is to be fetched, of which image, for whom. */
    private record Fetch(
            ImageReference name, ResolvedImage.Layer layer, RegistryCredentials credentials, Run run, Inquiry inquiry) {
        /** Whom the store keeps waiting with the layer: of all that want it, the step that had it fetched. */
        Party step() {
            return Party.step(run.vertex());
        }
    }

    private StoredResult download(Fetch fetch, Digest key) throws IOException, InterruptedException {
        ResolvedImage.Layer layer = fetch.layer();
        try (Gate.Place place = enter(fetch.name().host(), layer, fetch.run())) {
            place.entered().get();
            long start = System.nanoTime();
            SealedLayer sealed = sealed(fetch);
            var result = new ResultStore.NewResult(
                    Map.of(KeyKind.PRODUCER, List.of(key)),
                    layer.diffId(),
                    List.of(sealed.on(Snapshot.EMPTY)),
                    Map.of(),
                    Set.of(),
                    Duration.ofNanos(System.nanoTime() - start),
                    new Origin(RecordType.REGULAR, "layer " + layer.blob().digest() + " of " + fetch.name()));
            return fetch.step().calls(() -> snapshotter.results().publish(result, Owner.NONE));
        } catch (ExecutionException e) {
            throw new IllegalStateException("a gate does not fail", e);
        }
    }

    private Gate.Place enter(String host, ResolvedImage.Layer layer, Run run) {
        Gate gate = perHost.computeIfAbsent(
                host, _ -> new Gate(SMALL_IN_PLACE * client.settings().downloadsPerHost()));
        Object session = run.find(OwnRuns.class).<Object>map(runs -> runs).orElse(run);
        return gate.enter(session, layer.blob().size() < SMALL ? 1 : SMALL_IN_PLACE);
    }

    private SealedLayer sealed(Fetch fetch) throws IOException, InterruptedException {
        ResolvedImage.Layer layer = fetch.layer();
        try (InputStream blob = client.blob(fetch.name(), layer.blob(), fetch.credentials(), fetch.inquiry())) {
            SealedLayer sealed = fetch.step().calls(() -> snapshotter.importLayer(blob, Optional.of(layer.diffId())));
            // The digest of the blob is checked at its very end.
            blob.transferTo(OutputStream.nullOutputStream());
            return sealed;
        } catch (IOException e) {
            throw new IOException("layer " + layer.blob().digest() + ": " + e.getMessage(), e);
        }
    }
}
