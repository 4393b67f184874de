package org.buildengine.server.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.buildengine.server.fixture.ClientFixture;
import org.buildengine.server.fixture.EngineProcess;
import org.buildengine.session.hostfiles.ClientFiles;
import org.buildengine.session.hostfiles.ClientTrees;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.wire.fsutil.Packet;
import org.buildengine.session.wire.hosttree.TreeRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A directory that is uploaded by one session after the other, with changes in between. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UploadAgainIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String MACHINE = "machine-of-the-test";

    private EngineProcess engine;
    private Path tree;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        engine = EngineProcess.start(directory, List.of());
    }

    @AfterAll
    void stop() throws Exception {
        engine.close();
    }

    @BeforeEach
    void makeTree(@TempDir Path directory) throws Exception {
        tree = Files.createDirectory(directory.resolve("tree"));
        for (int i = 0; i < 40; i++) {
            write("d" + i % 4 + "/e" + i % 3 + "/f" + i, "content " + i);
        }
        write("top", "top");
        Files.createDirectories(tree.resolve("empty/also"));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("d1/e1/f1"));
        Files.createLink(tree.resolve("zz-name"), write("d1/a-name", "two names"));
        settle();
    }

    /** What one session saw, and how many contents it was asked for. */
    private record Seen(String digest, List<String> listing, int requests) {}

    private Seen upload(String machine) throws Exception {
        return upload(machine, "");
    }

    private Seen upload(String machine, String arguments) throws Exception {
        return upload(machine, arguments, Offer.BATCHES);
    }

    /** Whether the client offers what our own engine prefers, or only what every engine knows. */
    private enum Offer {
        BATCHES,
        PACKETS
    }

    private Seen upload(String machine, String arguments, Offer offer) throws Exception {
        var requests = new RequestCount(new AtomicInteger(), Integer.MAX_VALUE);
        JsonNode answer = ask(machine, arguments, requests, offer);
        assertThat(answer.path("errors")).as(answer.toString()).isEmpty();
        JsonNode directory = answer.at("/data/host/directory");
        List<String> listing = new ArrayList<>();
        directory.path("glob").forEach(name -> listing.add(name.asText()));
        return new Seen(directory.path("digest").asText(), listing, requests.requests.get());
    }

    private JsonNode ask(String machine, String arguments, RequestCount requests, Offer offer) throws Exception {
        HostPaths paths = new HostPaths(tree, tree);
        List<ServerServiceDefinition> services = new ArrayList<>();
        services.add(ServerInterceptors.intercept(new ClientFiles(paths).service(), requests));
        if (offer == Offer.BATCHES) {
            services.add(ServerInterceptors.intercept(new ClientTrees(paths).service(), requests));
        }
        try (var client = ClientFixture.attach(engine.uri(), machine, services)) {
            String query =
                    "{ host { directory(path: \"" + tree + "\"" + arguments + ") { digest glob(pattern: \"**\") } } }";
            byte[] body = MAPPER.writeValueAsBytes(MAPPER.createObjectNode().put("query", query));
            return MAPPER.readTree(client.endpoint().post(body).body());
        }
    }

    /** Uploads again, and whole as a machine that nobody knows, in either way; all must be the same. */
    private int requestsAgain(String story) throws Exception {
        Seen again = upload(MACHINE);
        for (Offer offer : Offer.values()) {
            Seen whole = upload("", "", offer);
            assertThat(again.digest).as(story + " " + offer).isEqualTo(whole.digest);
            assertThat(again.listing).as(story + " " + offer).isEqualTo(whole.listing);
        }
        return again.requests;
    }

    private Path write(String path, String text) throws IOException {
        Path file = tree.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** Sets the times back by an hour where they are recent, so that they say what changed. */
    private void settle() throws IOException {
        Instant now = Instant.now();
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Instant time = attributes.lastModifiedTime().toInstant();
                if (attributes.isRegularFile() && time.isAfter(now.minus(Duration.ofMinutes(10)))) {
                    Files.setLastModifiedTime(file, FileTime.from(time.minus(Duration.ofHours(1))));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void whatDidNotChangeIsNotAskedFor() throws Exception {
        Seen first = upload(MACHINE);
        assertThat(first.requests).isEqualTo(42);

        assertThat(upload(MACHINE)).isEqualTo(new Seen(first.digest, first.listing, 0));
        assertThat(upload(MACHINE, "", Offer.PACKETS)).isEqualTo(new Seen(first.digest, first.listing, 0));

        write("d0/e0/f0", "changed!!");
        settle();
        assertThat(requestsAgain("one file changed")).isEqualTo(1);
        assertThat(upload(MACHINE).requests).isZero();
    }

    @Test
    void anotherMachineAndAnotherSelectionGetNothingOfIt() throws Exception {
        upload(MACHINE);

        assertThat(upload("another-machine").requests).isEqualTo(42);
        assertThat(upload("").requests).isEqualTo(42);
        assertThat(upload(MACHINE, ", exclude: [\"top\"]").requests).isEqualTo(41);
        assertThat(upload(MACHINE, ", exclude: [\"top\"]").requests).isZero();
    }

    @Test
    void aFileThatIsTooYoungIsReadAgainAndOnlyOnce() throws Exception {
        Path file = write("top", "old");
        FileTime young = FileTime.from(Instant.now().plusSeconds(3600));
        Files.setLastModifiedTime(file, young);
        upload(MACHINE);
        Files.writeString(file, "new");
        Files.setLastModifiedTime(file, young);

        assertThat(requestsAgain("same size and time, too young to be believed"))
                .isEqualTo(1);

        FileTime old = FileTime.from(Instant.now().minusSeconds(3600));
        Files.setLastModifiedTime(file, old);
        assertThat(requestsAgain("another time")).isEqualTo(1);
        assertThat(requestsAgain("the same time, old")).isZero();
    }

    @Test
    void anUploadThatBreaksOffLeavesTheOneBefore() throws Exception {
        upload(MACHINE);
        for (int i = 0; i < 3; i++) {
            write("d" + i + "/e" + i + "/f" + i, "changed and longer");
        }
        settle();

        for (Offer offer : Offer.values()) {
            JsonNode answer = ask(MACHINE, "", new RequestCount(new AtomicInteger(), 1), offer);
            assertThat(answer.at("/errors/0/message").asText()).contains("the client is gone");
        }
        assertThat(requestsAgain("after an upload that broke off")).isEqualTo(3);
    }

    @Test
    void eachKindOfChangeIsSeen() throws Exception {
        Map<String, Change> changes = Map.ofEntries(
                Map.entry("other size, same time", () -> {
                    Path file = tree.resolve("top");
                    FileTime time = Files.getLastModifiedTime(file);
                    Files.setLastModifiedTime(Files.writeString(file, "longer than before"), time);
                    return 1;
                }),
                Map.entry("same size, other time", () -> {
                    Path file = tree.resolve("d2/e2/f2");
                    FileTime time = Files.getLastModifiedTime(file);
                    Files.setLastModifiedTime(
                            Files.writeString(file, "CONTENT 2"),
                            FileTime.from(time.toInstant().minusSeconds(9)));
                    return 1;
                }),
                Map.entry("mode", () -> {
                    Files.setPosixFilePermissions(
                            tree.resolve("d1/e2/f5"), PosixFilePermissions.fromString("rwxr-x---"));
                    return 1;
                }),
                Map.entry("a file becomes a directory", () -> {
                    Files.delete(tree.resolve("d3/e0/f3"));
                    write("d3/e0/f3/inner", "inner");
                    return 1;
                }),
                Map.entry("a directory becomes a file", () -> {
                    delete(tree.resolve("d0/e1"));
                    write("d0/e1", "was a directory");
                    return 1;
                }),
                Map.entry("a link becomes a file", () -> {
                    Files.delete(tree.resolve("link"));
                    write("link", "was a link");
                    return 1;
                }),
                Map.entry("a file is renamed", () -> {
                    Files.move(tree.resolve("d2/e1/f10"), tree.resolve("d2/e1/f10-renamed"));
                    return 1;
                }),
                Map.entry("a directory goes", () -> {
                    delete(tree.resolve("d2/e0"));
                    return 0;
                }),
                Map.entry("a name of a file with two goes", () -> {
                    Files.delete(tree.resolve("zz-name"));
                    return 0;
                }),
                Map.entry("a file gets a second name", () -> {
                    Files.createLink(tree.resolve("zz-other"), tree.resolve("d3/e1/f7"));
                    return 0;
                }));
        upload(MACHINE);
        for (var change : changes.entrySet()) {
            int requests = change.getValue().make();
            settle();
            assertThat(requestsAgain(change.getKey())).as(change.getKey()).isEqualTo(requests);
            assertThat(upload(MACHINE).requests)
                    .as("nothing after: " + change.getKey())
                    .isZero();
        }
    }

    @Test
    void randomEditsLeaveWhatAWholeUploadWouldLeave() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        upload(MACHINE);
        for (int round = 0; round < 12; round++) {
            var edits = new StringBuilder("seed " + seed + " round " + round);
            for (int i = random.nextInt(8); i >= 0; i--) {
                edits.append(", ").append(edit(random));
            }
            settle();
            requestsAgain(edits.toString());
            assertThat(upload(MACHINE).requests).as("nothing after: " + edits).isZero();
        }
    }

    private String edit(Random random) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(tree)) {
            all = walk.filter(path -> !path.equals(tree)).sorted().toList();
        }
        Path place = all.get(random.nextInt(all.size()));
        Path beside = place.resolveSibling("n" + random.nextInt(1000));
        switch (random.nextInt(6)) {
            case 0 -> delete(place);
            case 1 -> Files.writeString(Files.isRegularFile(place) ? place : beside, "edit " + random.nextInt());
            case 2 -> {
                if (!Files.exists(beside)) {
                    Files.move(place, beside);
                }
            }
            case 3 -> Files.createDirectories(beside.resolve("deeper"));
            case 4 -> {
                if (Files.isRegularFile(place) && !Files.exists(beside)) {
                    Files.createLink(beside, place);
                }
            }
            default -> {
                delete(place);
                Files.createSymbolicLink(place, Path.of("somewhere" + random.nextInt(9)));
            }
        }
        return place + " " + beside.getFileName();
    }

    private static void delete(Path path) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(path)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.delete(each);
        }
    }

    @FunctionalInterface
    private interface Change {
        /** Makes the change and says how many contents have to be asked for. */
        int make() throws IOException;
    }

    /** Counts the contents that are asked for, and breaks off after the {@code most}th. */
    private record RequestCount(AtomicInteger requests, int most) implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
                @Override
                public void onMessage(Q message) {
                    int wanted = wanted(message);
                    if (wanted > 0 && requests.addAndGet(wanted) > most) {
                        call.close(Status.UNAVAILABLE.withDescription("the client is gone"), new Metadata());
                        return;
                    }
                    super.onMessage(message);
                }
            };
        }

        private static int wanted(Object message) {
            return switch (message) {
                case Packet packet when packet.getType() == Packet.PacketType.PACKET_REQ -> 1;
                case TreeRequest request -> request.getContentsCount();
                default -> 0;
            };
        }
    }
}
