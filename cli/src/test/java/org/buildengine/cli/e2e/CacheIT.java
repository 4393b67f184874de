package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.buildengine.client.CacheClient;
import org.buildengine.client.CachePruning;
import org.buildengine.client.EngineAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What users see of the cache, and that clearing it harms nobody. A step prints something random, so that a second answer tells
 * whether it ran again.
 */
class CacheIT {
    private static final String VERSION = "v0.21.8";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Site site;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        site = Site.openForSessions(directory, Map.of("ENGINE_GC", "false"));
    }

    @AfterEach
    void close() throws Exception {
        site.close();
    }

    private Client client() throws IOException {
        return Client.open(site.engine().address());
    }

    private String step(Client client, String name) throws Exception {
        return client.ask("container { from(address: \"" + site.image()
                + "\") { withExec(args: [\"sh\", \"-c\", \"echo " + name
                + "; cat /proc/sys/kernel/random/uuid; dd if=/dev/urandom of=/data bs=1k count=300\"]) { stdout");
    }

    private String stepOnce(String name) throws Exception {
        try (Client client = client()) {
            return step(client, name);
        }
    }

    private JsonNode json(String... arguments) throws IOException, InterruptedException {
        return new JsonMapper()
                .readTree(site.engine().engine(arguments).succeeded().out());
    }

    private List<String> descriptions(JsonNode listing) {
        var texts = new ArrayList<String>();
        listing.get("records")
                .forEach(record -> texts.add(record.get("description").asText()));
        return texts;
    }

    @Test
    void whatNoSessionUsesGoesAndIsMadeAgainAlsoAfterACrash() throws Exception {
        try (Client holder = client()) {
            String held = step(holder, "held");
            String free = stepOnce("free");

            JsonNode before = json("du", "--json", "--filter", "description~=held");
            assertThat(before.get("records")).hasSize(1);
            assertThat(before.get("records").get(0).get("inUse").asBoolean()).isTrue();
            assertThat(before.get("records").get(0).get("exclusiveBytes").asLong())
                    .isGreaterThan(300_000);
            assertThat(site.engine().engine("du").succeeded().out())
                    .contains("ID ", "LAST USED", "echo free")
                    .containsPattern("Total: .*B; \\d+ records, [1-9]\\d* in use");

            Finished plan = site.engine().engine("prune", "--dry-run").succeeded();
            assertThat(plan.out())
                    .contains("echo free")
                    .doesNotContain("echo held")
                    .containsPattern("Would free .*B: \\d+ records, which took .*s to make");
            assertThat(stepOnce("free")).isEqualTo(free);

            JsonNode gone = json("prune", "--json");
            assertThat(descriptions(gone)).anyMatch(text -> text.contains("echo free"));
            assertThat(descriptions(gone)).noneMatch(text -> text.contains("echo held"));
            assertThat(gone.get("bytes").asLong()).isGreaterThan(300_000);

            assertThat(stepOnce("held")).isEqualTo(held);
            assertThat(stepOnce("free")).isNotEqualTo(free);
        }
        assertThat(site.engine()
                        .engine("prune", "--keep-duration", "1d")
                        .succeeded()
                        .out())
                .contains("Freed 0 B: 0 records");
        String last = stepOnce("last");
        site.engine().engine("prune").succeeded();
        site.engine().kill();
        site.engine().start();

        assertThat(site.engine().engine("du").succeeded().out()).startsWith("Total: 0 B; 0 records");
        assertThat(stepOnce("last")).isNotEqualTo(last);
    }

    @Test
    void whatAFailedStepWorkedOnStaysForAWhileAndOwnersAreNamed() throws Exception {
        assertThat(site.engine().engine("du", "--owners").succeeded().out()).contains("Nobody holds anything.");
        String before;
        try (Client client = client()) {
            before = step(client, "worth keeping");
            assertThatThrownBy(() -> client.ask("container { from(address: \"" + site.image()
                            + "\") { withExec(args: [\"sh\", \"-c\", \"echo worth keeping"
                            + "; cat /proc/sys/kernel/random/uuid; dd if=/dev/urandom of=/data bs=1k count=300\"]) {"
                            + " withExec(args: [\"false\"]) { stdout"))
                    .hasMessageContaining("exit code: 1");
            assertThat(site.engine().engine("du", "--owners").succeeded().out())
                    .containsPattern("RESULTS +SINCE +OWNER\n")
                    .containsPattern("\\d+ +(now|\\d+ m?s ago) +session ");
        }
        stepOnce("free");
        site.engine().engine("prune").succeeded();

        JsonNode owners = json("du", "--owners", "--json").get("owners");
        assertThat(owners).hasSize(1);
        assertThat(owners.get(0).get("name").asText()).contains("post-mortem of exec false");
        assertThat(owners.get(0).get("results").asInt()).isEqualTo(1);
        assertThat(descriptions(json("du", "--json")))
                .anyMatch(text -> text.contains("worth keeping"))
                .noneMatch(text -> text.contains("echo free"));
        assertThat(stepOnce("worth keeping")).isEqualTo(before);
    }

    @Test
    void volumeStaysWhileAStepHasItAndGoesAfterwards() throws Exception {
        try (Client client = client();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String volume = client.ask("cacheVolume(key: \"k\") { id");
            Future<String> answer = threads.submit(() -> client.ask("container { from(address: \"" + site.image()
                    + "\") { withMountedCache(path: \"/cache\", cache: \"" + volume
                    + "\") { withExec(args: [\"sh\", \"-c\", \"until [ -e /cache/go ]; do sleep 0.1; done; echo went\"])"
                    + " { stdout"));
            Path caches = site.engine().root().resolve("caches");
            await().atMost(Running.PATIENCE)
                    .until(() -> json("du", "--json", "--filter", "inuse,type==exec.cachemount")
                                    .get("records")
                                    .size()
                            == 1);
            assertThat(descriptions(json("prune", "--json"))).doesNotContain("cache volume at /cache");

            try (Stream<Path> volumes = Files.list(caches)) {
                Files.createFile(volumes.findFirst().orElseThrow().resolve("go"));
            }
            assertThat(answer.get()).isEqualTo("went\n");
            await().atMost(Running.PATIENCE)
                    .until(() -> descriptions(json("prune", "--json")).contains("cache volume at /cache"));
            assertThat(caches).isEmptyDirectory();
        }
    }

    @Test
    void nothingFailsWhileTheCacheIsClearedUnderTwentySessions() throws Exception {
        var over = new AtomicBoolean();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> collector = threads.submit(() -> collectUntil(over));
            var sessions = new ArrayList<Callable<Void>>();
            for (int i = 0; i < 20; i++) {
                int number = i;
                sessions.add(() -> {
                    try (Client client = client()) {
                        for (int step = 0; step < 4; step++) {
                            String name = "step-" + (number + step) % 10;
                            assertThat(step(client, name)).startsWith(name);
                        }
                    }
                    return null;
                });
            }
            try {
                for (Future<Void> session : threads.invokeAll(sessions)) {
                    session.get();
                }
            } finally {
                over.set(true);
            }
            assertThat(collector.get()).isPositive();
        }
    }

    private int collectUntil(AtomicBoolean over) throws IOException {
        int gone = 0;
        try (CacheClient cache =
                CacheClient.connect(EngineAddress.parse(site.engine().address()), VERSION)) {
            do {
                gone += cache.prune(new CachePruning(List.of(), true, Duration.ZERO, "", "", "", false))
                        .entries()
                        .size();
            } while (!over.get());
            gone += cache.prune(new CachePruning(List.of(), true, Duration.ZERO, "", "", "", false))
                    .entries()
                    .size();
        }
        return gone;
    }

    @Test
    void whatCannotBeMeantIsToldWithWhatCan() throws Exception {
        assertThat(failure(1, "du", "--filter", "size==3")).contains("names no field of a record: known are id, type");
        assertThat(failure(1, "prune", "--max-used-space", "much"))
                .contains("engine: max-used-space: \"much\" is no amount of space: write a size such as 10GB");
        assertThat(failure(1, "prune", "--min-free-space", "101%")).contains("write at most 100%");
        assertThat(failure(2, "prune", "--keep-duration", "soon"))
                .contains("\"soon\" is no time; write 500ms, 10s, 5m, 2h or 3d");
    }

    private String failure(int code, String... arguments) throws IOException, InterruptedException {
        Finished finished = site.engine().engine(arguments);
        assertThat(finished.code()).as(finished.toString()).isEqualTo(code);
        return finished.err();
    }
}
