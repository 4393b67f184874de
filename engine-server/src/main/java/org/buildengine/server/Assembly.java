package org.buildengine.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.buildengine.server.cache.AutomaticCollection;
import org.buildengine.server.cache.LocalCache;
import org.buildengine.server.config.EngineConfig;
import org.buildengine.server.control.BuildOutput;
import org.buildengine.server.control.BuildsService;
import org.buildengine.server.control.CacheService;
import org.buildengine.server.control.ControlService;
import org.buildengine.server.control.EngineIdentity;
import org.buildengine.server.core.CoreFields;
import org.buildengine.server.core.Facilities;
import org.buildengine.server.core.SessionStates;
import org.buildengine.server.core.host.AttachedHosts;
import org.buildengine.server.core.host.WatchedHosts;
import org.buildengine.server.exec.ExecEnvironment;
import org.buildengine.server.exec.ExecReaper;
import org.buildengine.server.exec.ExecRunner;
import org.buildengine.server.exec.ExecSettings;
import org.buildengine.server.file.DiffOpRunner;
import org.buildengine.server.file.FileOpRunner;
import org.buildengine.server.graphql.EngineFacts;
import org.buildengine.server.graphql.FieldTable;
import org.buildengine.server.graphql.GraphqlEndpoint;
import org.buildengine.server.graphql.ObjectTable;
import org.buildengine.server.llb.LlbDecoder;
import org.buildengine.server.memory.MemoryHeadroom;
import org.buildengine.server.network.Network;
import org.buildengine.server.network.Networks;
import org.buildengine.server.registry.ImageResolver;
import org.buildengine.server.registry.Inquiry;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.RegistryClient;
import org.buildengine.server.registry.RegistrySettings;
import org.buildengine.server.source.ImageSource;
import org.buildengine.server.source.SourceRunner;
import org.buildengine.server.telemetry.ClientTelemetry;
import org.buildengine.server.telemetry.EventFiles;
import org.buildengine.server.telemetry.TracingObserver;
import org.buildengine.server.telemetry.WorkSpans;
import org.buildengine.session.tree.Statuses;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.store.StoreFormatException;
import org.buildengine.snapshotter.store.StoreInUseException;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.Solver;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.evidence.BuildHistory;
import org.buildengine.solver.evidence.BuildLog;
import org.buildengine.solver.nested.BuildRunner;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.DiffOp;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.tree.MergeRunner;
import org.buildengine.solver.tree.TreeRunner;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;

/** Builds what stands behind a server's doors out of a configuration: the one place that knows every part. */
final class Assembly {
    /** Executions mostly wait for the disk or the network, so more than one per processor may run. */
    private static final int EXECUTIONS_PER_PROCESSOR = 8;

    /** A month of a busy team, and some tens of megabytes at most. */
    private static final int KEPT_BUILDS = 400;

    private final EngineConfig config;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final InstantSource clock = InstantSource.system();
    private final EventFiles events;

    private Assembly(EngineConfig config) {
        this.config = config;
        this.events = new EventFiles(config.root().resolve("telemetry"));
    }

    /**
     * Opens the store and puts everything together. What was opened is closed again if a later part fails.
     *
     * @throws IOException if the root directory cannot be used; the message says why
     */
    static ServerParts assemble(EngineConfig config) throws IOException {
        var assembly = new Assembly(config);
        try {
            return assembly.assemble();
        } catch (IOException | RuntimeException e) {
            var opened = new Parts("the server");
            assembly.owned.forEach(part -> opened.addOrRun(part.getClass().getSimpleName(), part));
            opened.release().forEach(opened::run);
            throw e;
        }
    }

    private static Snapshotter openStore(Path root) throws IOException {
        try {
            return DiskSnapshotter.open(
                    root, DiskSnapshotter.Options.defaults().withPreparation(() -> ExecReaper.reap(root)));
        } catch (StoreInUseException | StoreFormatException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(
                    "cannot keep a store in " + root + ": " + Statuses.describe(e)
                            + ". Mend that, or choose another directory with --root",
                    e);
        }
    }

    private ServerParts assemble() throws IOException {
        Path root = config.root();
        Snapshotter snapshotter = own(openStore(root));
        events.prepare();
        // before the executions' environment covers the cgroups of the host
        MemoryHeadroom memory = own(MemoryHeadroom.open(config.memoryReserve()));
        Network network =
                own(Networks.open(Networks.Choice.valueOf(config.network().name()), root, config.networkSubnet()));
        ExecEnvironment executions = own(ExecEnvironment.open(execSettings(network), root));
        RegistryClient registries = own(new RegistryClient(registrySettings()));
        var resolver = new ImageResolver(registries);
        var waits = new Waits(clock);
        waits.alsoAsk(() -> SnapshotterWaits.of(snapshotter.delays(), clock.instant()));
        var postMortems = own(new PostMortems(snapshotter.results()::owner, PostMortems.USUAL));
        EventLogs logs = EventLogs.open(root.resolve("events"), logBytes());
        BuildHistory history = own(BuildHistory.open(snapshotter, clock, KEPT_BUILDS, logs));
        Solver solver = own(new NodeSolver(
                snapshotter,
                runners(snapshotter, executions, registries, resolver, waits),
                EXECUTIONS_PER_PROCESSOR * Runtime.getRuntime().availableProcessors(),
                memory,
                clock,
                Thread.ofVirtual().factory()));

        Platform platform = Platform.host();
        var identity = new EngineIdentity(hostName(), CompatibleVersion.TEXT, EngineVersion.TEXT);
        var cache = new LocalCache(snapshotter.collector(), root, config.cacheRules());
        var collection = own(AutomaticCollection.start(cache, AutomaticCollection.Pace.USUAL));
        var sessions = new SessionStates();
        var fields = new FieldTable();
        CoreFields.register(
                fields,
                new Facilities(
                        snapshotter,
                        CompatibleVersion.TEXT,
                        platform,
                        (reference, wanted, client) -> {
                            BuildLog _ = buildOf(client, history);
                            var inquiry = new Inquiry();
                            try (Waits.Waiting _ = waits.begin(
                                    Party.client(client.toString()),
                                    Wait.Kind.IMAGE,
                                    reference.toString(),
                                    () -> inquiry.awaited(Party.registry(reference.host())))) {
                                return resolver.resolve(
                                        reference,
                                        wanted,
                                        ClientScope.of(client, sessions, snapshotter.results(), waits),
                                        inquiry);
                            }
                        },
                        new WatchedHosts(
                                new AttachedHosts(
                                        client -> {
                                            BuildLog _ = buildOf(client, history);
                                            return Attachments.of(client, waits);
                                        },
                                        snapshotter,
                                        clock),
                                waits),
                        sessions,
                        identity.name(),
                        cache,
                        new KeptBuilds(history)));
        var objects = new ObjectTable();
        var queries = new GraphqlEndpoint(
                new EngineFacts(CompatibleVersion.TEXT, platform.toString()),
                fields,
                objects,
                (client, operation) -> {
                    collection.worked();
                    client.session().part(SessionWork.class, () -> new SessionWork(collection));
                    return solver.open(
                            client.toString(),
                            ClientScope.of(client, sessions, snapshotter.results(), waits),
                            new Listeners(List.of(
                                    buildOf(client, history), postMortems.listener(), WorkSpans.below(operation))));
                },
                new TracingObserver(this::telemetryOf));
        GraphqlEndpoint.prepare();
        return new ServerParts(
                queries::handle,
                (client, signal) -> telemetryOf(client).subscribe(signal)::next,
                List.of(
                        new ControlService(identity, platform.arch(), cache),
                        new CacheService(cache, snapshotter.results()::holdings),
                        new BuildsService(
                                history,
                                new BuildOutput(history, logs, snapshotter.blobs()),
                                () -> waits.with(solver.waits()))),
                waits,
                owned);
    }

    /** What is kept of the build that a session is, from the first time that it needs something of this engine or of others. */
    private static BuildLog buildOf(DaggerClient client, BuildHistory history) {
        DaggerSession session = client.session();
        return session.part(BuildLog.class, () -> history.begin(session.id(), session::cancellation));
    }

    /** What a session worked, which may be collected when it has ended. */
    private record SessionWork(AutomaticCollection collection) implements AutoCloseable {
        @Override
        public void close() {
            collection.ended();
        }
    }

    private <T extends AutoCloseable> T own(T part) {
        owned.add(part);
        return part;
    }

    private static Runners runners(
            Snapshotter snapshotter,
            ExecEnvironment executions,
            RegistryClient registries,
            ImageResolver resolver,
            Waits waits) {
        var images = new ImageSource(resolver, registries, snapshotter, waits);
        var definitions = new LlbDecoder(images::resolve, Platform.host());
        Map<String, OpRunner<SourceOp>> sources = Map.of(ImageSource.SCHEME, images);
        return Runners.builder()
                .with(SourceOp.class, SnapshotterWaits.named(new SourceRunner(sources)))
                .with(TreeOp.class, SnapshotterWaits.named(new TreeRunner()))
                .with(MergeOp.class, SnapshotterWaits.named(new MergeRunner(snapshotter)))
                .with(FileOp.class, SnapshotterWaits.named(new FileOpRunner(snapshotter)))
                .with(DiffOp.class, SnapshotterWaits.named(new DiffOpRunner(snapshotter)))
                .with(BuildOp.class, SnapshotterWaits.named(new BuildRunner(snapshotter, definitions)))
                // which names its own thread
                .with(ExecOp.class, new ExecRunner(executions, snapshotter))
                .build();
    }

    private ClientTelemetry telemetryOf(DaggerClient client) {
        return client.part(ClientTelemetry.class, () -> {
            ClientTelemetry telemetry = events.make(clock);
            client.onShutdown("telemetry", telemetry::seal);
            return telemetry;
        });
    }

    private ExecSettings execSettings(Network network) {
        ExecSettings usual = ExecSettings.below(config.root());
        return new ExecSettings(
                ExecSettings.RuntimeChoice.parse(config.ociRuntime().name().toLowerCase(Locale.ROOT)),
                network,
                config.allowInsecure(),
                usual.init(),
                usual.runDirectory());
    }

    private RegistrySettings registrySettings() {
        var mirrors = new HashMap<String, List<URI>>();
        config.registryMirrors()
                .forEach((host, urls) ->
                        mirrors.put(host, urls.stream().map(URI::create).toList()));
        RegistrySettings usual = RegistrySettings.DEFAULT;
        return new RegistrySettings(
                mirrors,
                config.insecureRegistries(),
                usual.requestDeadline(),
                usual.stallDeadline(),
                usual.downloadsPerHost());
    }

    private long logBytes() throws IOException {
        return config.logSpace().of(Files.getFileStore(config.root()).getTotalSpace());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "build-engine";
        }
    }
}
