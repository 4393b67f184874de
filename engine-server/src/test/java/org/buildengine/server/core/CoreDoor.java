package org.buildengine.server.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.DaggerSession;
import org.buildengine.server.SessionTimes;
import org.buildengine.server.Sessions;
import org.buildengine.server.TestClients;
import org.buildengine.server.cache.CacheRules;
import org.buildengine.server.cache.DiskSpace;
import org.buildengine.server.cache.LocalCache;
import org.buildengine.server.conformance.ConformanceRunner;
import org.buildengine.server.fixture.FakeCollector;
import org.buildengine.server.graphql.EngineFacts;
import org.buildengine.server.graphql.FieldObserver;
import org.buildengine.server.graphql.FieldTable;
import org.buildengine.server.graphql.GraphqlEndpoint;
import org.buildengine.server.graphql.GraphqlRequest;
import org.buildengine.server.graphql.GraphqlResponse;
import org.buildengine.server.graphql.ObjectTable;
import org.buildengine.server.registry.Platform;
import org.buildengine.snapshotter.Node;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.Evidence;
import org.buildengine.solver.waiting.Waits;

/** The GraphQL door over the real fields, with trees in memory. */
final class CoreDoor {
    private static final CacheRules RULES = new CacheRules(
            true, Duration.ofDays(60), DiskSpace.ofBytes(1000), DiskSpace.ofBytes(3000), DiskSpace.ofBytes(2000));

    private final MemoryTrees trees = new MemoryTrees();
    private final Sessions sessions = new Sessions(SessionTimes.defaults(), new Waits(InstantSource.system()));
    private final DaggerClient client = TestClients.open(sessions, "s", "main");
    private final GraphqlEndpoint endpoint;

    CoreDoor() {
        this(new NoBuilds());
    }

    /** A door to an engine that keeps these builds. */
    CoreDoor(Builds builds) {
        var fields = new FieldTable();
        CoreFields.register(fields, facilities(trees, builds));
        var job = new PlainJob(trees);
        endpoint = new GraphqlEndpoint(
                new EngineFacts("v0.21.8", "linux/amd64"),
                fields,
                new ObjectTable(),
                (asking, operation) -> job,
                FieldObserver.NONE);
    }

    /** The engine as tests have it: no registry, and clients that offer nothing. */
    static Facilities facilities(MemoryTrees trees) {
        return facilities(trees, new NoBuilds());
    }

    private static Facilities facilities(MemoryTrees trees, Builds builds) {
        return new Facilities(
                trees,
                "v0.21.8",
                new Platform("linux", "amd64", ""),
                (reference, platform, asking) -> {
                    throw new IOException("no registry");
                },
                new NoHosts(),
                new SessionStates(),
                "host1",
                new LocalCache(trees.collector(), Path.of("/"), RULES),
                builds);
    }

    ConformanceRunner runner() {
        return new ConformanceRunner(
                body -> {
                    GraphqlResponse response = endpoint.handle(
                            new GraphqlRequest(
                                    "POST",
                                    "/query",
                                    Map.of("Content-Type", "application/json"),
                                    ByteBuffer.wrap(body)),
                            client);
                    return new ConformanceRunner.Reply(response.status(), response.text());
                },
                Map.of("ALPINE", "alpine:3.22.1"),
                Optional.empty());
    }

    /** The body of the answer to a document without quotes that need escaping in JSON but the usual ones. */
    String ask(String query) throws InterruptedException {
        return ask(query, client);
    }

    /** The same for a program that runs inside of a step of the session. */
    String askAsNested(String query) throws InterruptedException {
        return ask(query, TestClients.client(client.session(), "nested"));
    }

    /** Opens another session of the engine. */
    DaggerSession openSession(String id, String mainClient) {
        return TestClients.open(sessions, id, mainClient).session();
    }

    /** What the fields take for the cache. */
    FakeCollector cache() {
        return trees.collector();
    }

    private String ask(String query, DaggerClient asking) throws InterruptedException {
        String body = "{\"query\":\"" + query.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}";
        return endpoint.handle(
                        new GraphqlRequest(
                                "POST",
                                "/query",
                                Map.of("Content-Type", "application/json"),
                                ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8))),
                        asking)
                .text();
    }

    /** An engine that keeps no build. */
    private static final class NoBuilds implements Builds {
        @Override
        public List<Build> all() {
            return List.of();
        }

        @Override
        public Build find(String id) {
            throw new IllegalArgumentException("no build is kept yet: run one, and ask again");
        }

        @Override
        public List<Evidence> steps(Build build) {
            return List.of();
        }
    }

    /** Clients that offer nothing. */
    private static final class NoHosts implements Hosts {
        @Override
        public Uploaded upload(DaggerClient client, Selection selection) throws IOException {
            throw new IOException("no host");
        }

        @Override
        public String exportDirectory(DaggerClient client, ScopedTree tree, String path, boolean wipe)
                throws IOException {
            throw new IOException("no host");
        }

        @Override
        public String exportFile(
                DaggerClient client, ScopedTree tree, Node file, String name, String path, boolean allowParent)
                throws IOException {
            throw new IOException("no host");
        }

        @Override
        public Optional<String> findUp(DaggerClient client, String name) throws IOException {
            throw new IOException("no host");
        }

        @Override
        public byte[] secret(DaggerClient client, String uri) throws IOException {
            throw new IOException("no host");
        }
    }
}
