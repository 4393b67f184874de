package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.buildengine.session.ClientMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users are told of who waits for whom. */
class WaitsIT {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Site site;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        site = Site.openForSessions(directory, Map.of());
    }

    @AfterEach
    void close() throws Exception {
        site.close();
    }

    /** A step that has the volume until there is a file in it. */
    private String step(Client client, String volume, String word) throws Exception {
        return client.ask("container { from(address: \"" + site.image()
                + "\") { withMountedCache(path: \"/cache\", sharing: LOCKED, cache: \"" + volume
                + "\") { withExec(args: [\"sh\", \"-c\", \"echo " + word
                + "; until [ -e /cache/go ]; do sleep 0.1; done\"]) { stdout");
    }

    private String waits(String... options) throws Exception {
        var arguments = new ArrayList<>(List.of("waits"));
        arguments.addAll(List.of(options));
        return site.engine()
                .engine(arguments.toArray(String[]::new))
                .succeeded()
                .out();
    }

    @Test
    void stepThatWaitsForAVolumeIsNamedWithTheOneThatHasIt() throws Exception {
        assertThat(waits()).isEqualTo("Nobody waits.\n");
        try (Client one = Client.open(site.engine().address());
                Client two = Client.open(site.engine().address());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String volume = one.ask("cacheVolume(key: \"k\") { id");
            Future<String> first = threads.submit(() -> step(one, volume, "one"));
            Future<String> second;
            try {
                await().atMost(Running.PATIENCE)
                        .until(() -> waits().lines().anyMatch(line -> line.matches(".* exec .*one.* runs")));
                second = threads.submit(() -> step(two, volume, "two"));
                await().atMost(Running.PATIENCE).until(() -> waits().contains(" waits for cache volume "));
                allAreNamed();
            } finally {
                release();
            }
            assertThat(List.of(first.get(), second.get())).containsExactly("one\n", "two\n");
        }
        await().atMost(Running.PATIENCE).until(() -> waits().equals("Nobody waits.\n"));
    }

    private void allAreNamed() throws Exception {
        assertThat(waits().lines())
                .anyMatch(line -> line.matches("\\d+ \\w+  client \\S+ of .* waits for step [0-9a-f]{8} exec .*one.*"))
                .anyMatch(line -> line.matches("\\d+ \\w+  step [0-9a-f]{8} exec .*one.* runs"))
                .anyMatch(line -> line.matches("\\d+ \\w+  client \\S+ of .* waits for step [0-9a-f]{8} exec .*two.*"))
                .anyMatch(line -> line.matches("\\d+ \\w+  step [0-9a-f]{8} exec .*two.* waits for cache volume"
                        + " [0-9a-f]{8}, which step [0-9a-f]{8} exec .*one.* has"))
                .hasSize(4);
        assertThat(new JsonMapper().readTree(waits("--json")).get("waits").findValuesAsText("detail"))
                .hasSize(4);
    }

    /** Asks the daemon as the main client of a session; nobody reads the answer ahead. */
    private InputStream post(HttpClient http, String path, String body) throws Exception {
        String client = ClientMetadata.of("deaf", "token", "held", "v0.21.8").encode();
        URI uri = URI.create("http://127.0.0.1:" + site.engine().port() + path);
        HttpResponse<InputStream> answer = http.send(
                HttpRequest.newBuilder(uri)
                        .header("X-Dagger-Client-Metadata", client)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    /** An answer of 64 MB, which is more than sockets hold. */
    private static String largeQuery() throws IOException {
        String file = "directory { withNewFile(path: \"f\", contents: $c) { file(path: \"f\") { contents } } }";
        String fields =
                IntStream.range(0, 64).mapToObj(i -> "f" + i + ": " + file).collect(Collectors.joining(" "));
        return new JsonMapper()
                .writeValueAsString(Map.of(
                        "query",
                        "query($c: String!) { " + fields + " }",
                        "variables",
                        Map.of("c", "x".repeat(1 << 20))));
    }

    @Test
    void sessionThatEndsSaysWhoseRequestItWaitsFor() throws Exception {
        try (HttpClient http = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                InputStream _ = post(http, "/query", largeQuery())) {
            post(http, "/shutdown", "").close();
            await().atMost(Running.PATIENCE)
                    .until(() -> waits().lines()
                            .anyMatch(line -> line.matches("\\d+ \\w+  session held waits for the end of its requests"
                                    + " \\(1 of client deaf\\), for \\d+ s more at most")));
        }
        await().atMost(Running.PATIENCE).until(() -> waits().equals("Nobody waits.\n"));
    }

    /** Lets the steps end. */
    private void release() throws IOException {
        try (Stream<Path> volumes = Files.list(site.engine().root().resolve("caches"))) {
            Files.createFile(volumes.findFirst().orElseThrow().resolve("go"));
        }
    }
}
