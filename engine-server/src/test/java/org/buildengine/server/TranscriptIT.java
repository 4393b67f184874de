package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.buildengine.server.TranscriptClient.Sdk;
import org.buildengine.server.fixture.EngineProcess;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.fixture.RegistryFixture;
import org.buildengine.server.http.Http2Client;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What was recorded of {@code dagger query} and {@code dagger run}, played to a real engine with real steps. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TranscriptIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration STEP_IS_DEAD = Duration.ofSeconds(2);

    private Path directory;
    private RegistryFixture registry;
    private EngineProcess engine;
    private Path project;
    private String nonce;

    @BeforeAll
    void start(@TempDir Path scratch) throws Exception {
        directory = scratch;
        registry = RegistryFixture.start(directory.resolve("registry"));
        registry.push("library/alpine", "latest", ImageFixture.alpine());
        engine = EngineProcess.start(directory.resolve("engine"), List.of("docker.io=" + registry.uri()));
    }

    @AfterAll
    void stop() throws Exception {
        try (var _ = registry;
                var running = engine) {
            assertThat(running.log()).doesNotContain("LEAK:");
        }
    }

    @BeforeEach
    void makeProject() throws IOException {
        nonce = UUID.randomUUID().toString().substring(0, 8);
        project = Files.createDirectories(directory.resolve("project-" + nonce));
        Path src = Files.createDirectories(project.resolve("src/lib"));
        Files.createDirectories(project.resolve("src/node_modules"));
        Files.writeString(project.resolve("src/a.txt"), "hello\n");
        Files.writeString(src.resolve("b.txt"), "b\n");
        Files.createSymbolicLink(project.resolve("src/link"), Path.of("a.txt"));
        Files.writeString(project.resolve("src/node_modules/n.js"), "n");
        Files.writeString(project.resolve("src/run.sh"), "#!/bin/sh\necho run\n");
        Files.setPosixFilePermissions(project.resolve("src/run.sh"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(project.resolve("src/x.log"), "x");
    }

    private TranscriptClient client() {
        return new TranscriptClient(
                new InetSocketAddress(engine.uri().getHost(), engine.uri().getPort()), "client-" + nonce, nonce);
    }

    /** The first three connections. */
    private record Connected(TranscriptAttachment attachment, List<Http2Client.Stream> streams)
            implements AutoCloseable {
        @Override
        public void close() {
            attachment.close();
        }
    }

    private Connected connect(TranscriptClient client) throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThat(client.info().headers()).containsEntry("grpc-status", "0");
        }
        var attachment = TranscriptAttachment.open(client, project);
        await().until(attachment::glued);
        return new Connected(attachment, client.subscribe());
    }

    /** Ends as the command line does; gives what the streams of traces and logs said. */
    private static List<String> end(TranscriptClient client, Connected connected) throws Exception {
        Http2Client.Answer shutdown = client.shutdown();
        assertThat(shutdown).returns(200, Http2Client.Answer::status).returns("", Http2Client.Answer::body);
        assertThat(connected.attachment().ended()).isEqualTo("the engine closed the connection");
        client.closeAllButTelemetry();
        String traces = connected.streams().get(0).answer().body();
        String logs = connected.streams().get(1).answer().body();
        connected.streams().get(2).answer();
        return List.of(traces, logs);
    }

    private static JsonNode json(Http2Client.Answer answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    /** Follows a chain of single fields down to its value. */
    private static JsonNode leaf(Http2Client.Answer answer) throws IOException {
        JsonNode node = json(answer).path("data");
        while (node.isObject() && node.size() == 1) {
            node = node.elements().next();
        }
        return node;
    }

    @Test
    void queryOfTheCommandLineGetsItsAnswerAndItsProgress() throws Exception {
        try (var client = client();
                var connected = connect(client)) {
            Http2Client.Answer answer = client.query("{ container { from(address: \"alpine\") {"
                            + " withEnvVariable(name: \"STAMP\", value: \"" + nonce + "\") { withExec(args:"
                            + " [\"sh\", \"-c\","
                            + " \"echo hello; echo"
                            + " warn >&2\"]) { stdout"
                            + " stderr } } } } }\n")
                    .answer();
            assertThat(answer.headers())
                    .containsEntry("content-type", "application/json")
                    .containsEntry(
                            "content-length", Integer.toString(answer.body().length()));
            assertThat(json(answer).findPath("withExec"))
                    .isEqualTo(JSON.readTree("{\"stdout\":\"hello\\n\",\"stderr\":\"warn\\n\"}"));

            List<String> told = end(client, connected);
            byte[] trace = HexFormat.of().parseHex(TranscriptClient.TRACE.split("-", 4)[1]);
            assertThat(told.getFirst())
                    .contains("\"name\":\"Container.withExec\"")
                    .contains("\"traceId\":\"" + Base64.getEncoder().encodeToString(trace) + "\"");
            assertThat(told.getLast()).contains("\"stringValue\":\"hello\\n\"").contains("stdio.eof");
        }
    }

    @Test
    void runOfATypescriptProgramImportsRunsFailsAndExports() throws Exception {
        try (var client = client();
                var connected = connect(client)) {
            String source = leaf(client.query(
                                    Sdk.TYPESCRIPT,
                                    "\n"
                                            + "      { host  { directory (path: \"src\",include:"
                                            + " [\"**/*.txt\",\"run.sh\",\"link\",\"x.log\"],exclude: [\"*.log\"]) { id  }"
                                            + " } }\n"
                                            + "    ")
                            .answer())
                    .asText();
            String cache = leaf(client.query(
                                    Sdk.TYPESCRIPT,
                                    "\n      { cacheVolume (key: \"tsvol-" + nonce + "\") { id  } }\n    ")
                            .answer())
                    .asText();
            String chain = chain(source, cache);

            Http2Client.Answer stdout =
                    client.query(Sdk.TYPESCRIPT, nested(chain, "stdout")).answer();
            assertThat(stdout.headers()).containsEntry("content-type", "application/graphql-response+json");
            assertThat(leaf(stdout).asText()).isEqualTo("step 5\n");

            JsonNode error = json(client.query(
                                    Sdk.TYPESCRIPT,
                                    nested(
                                            chain
                                                    + " { withExec (args: [\"sh\",\"-c\",\"echo O; echo E >&2; exit"
                                                    + " 3\"])",
                                            "stdout"))
                            .answer())
                    .path("errors")
                    .path(0);
            assertThat(error.path("message").asText())
                    .matches("exit code: 3 \\[traceparent:[0-9a-f]{32}-[0-9a-f]{16}]");
            assertThat(error.path("extensions"))
                    .isEqualTo(JSON.readTree(
                            "{\"_type\":\"EXEC_ERROR\",\"cmd\":[\"sh\",\"-c\",\"echo O; echo E >&2; exit 3\"],"
                                    + "\"exitCode\":3,\"stderr\":\"E\",\"stdout\":\"O\"}"));

            assertThat(leaf(client.query(
                                            Sdk.TYPESCRIPT,
                                            nested(
                                                    chain + " { directory (path: \"/out\")",
                                                    "export (path: \"out-ts\")"))
                                    .answer())
                            .asText())
                    .isEqualTo(project.resolve("out-ts").toString());
            assertThat(leaf(client.query(
                                            Sdk.TYPESCRIPT,
                                            nested(
                                                    chain + " { file (path: \"/out/f1.txt\")",
                                                    "export (path: \"f1-ts.txt\")"))
                                    .answer())
                            .asText())
                    .isEqualTo(project.resolve("f1-ts.txt").toString());
            for (int i = 1; i <= 5; i++) {
                assertThat(project.resolve("out-ts/f" + i + ".txt")).hasContent("hello\n");
            }
            assertThat(project.resolve("f1-ts.txt")).hasContent("hello\n");
            end(client, connected);
        }
    }

    private String chain(String source, String cache) {
        var chain =
                new StringBuilder("{ container  { from (address: \"alpine\") { withDirectory (path: \"/src\",source: \""
                        + source + "\") { withMountedCache (path: \"/cache\",cache: \"" + cache
                        + "\") { withEnvVariable (name: \"STAMP\",value: \"" + nonce + "\")");
        for (int i = 1; i <= 5; i++) {
            chain.append(" { withExec (args: [\"sh\",\"-c\",\"echo step " + i
                    + "; mkdir -p /out; cat /src/a.txt > /out/f" + i + ".txt; echo " + i + " >> /cache/n\"])");
        }
        return chain.toString();
    }

    private static String nested(String chain, String leaf) {
        String whole = chain + " { " + leaf;
        long depth = whole.chars().filter(c -> c == '{').count();
        return "\n      " + whole + " }".repeat((int) depth) + "\n    ";
    }

    @Test
    void twoQueriesOfAPythonProgramRunAtOnce() throws Exception {
        try (var client = client();
                var connected = connect(client)) {
            assertThat(json(client.query(Sdk.PYTHON, "query IntrospectionQuery { __schema { queryType { name } } }")
                                    .answer())
                            .findPath("name")
                            .asText())
                    .isEqualTo("Query");
            List<Http2Client.Stream> atOnce = Stream.of("one", "two")
                    .map(each -> ask(
                            client,
                            "{ container { from: from(address: \"alpine\") { withExec: withExec(args: [\"echo\", \""
                                    + nonce + each + "\"]) { stdout: stdout } } } }"))
                    .toList();
            assertThat(leaf(atOnce.getLast().answer()).asText()).isEqualTo(nonce + "two\n");
            assertThat(leaf(atOnce.getFirst().answer()).asText()).isEqualTo(nonce + "one\n");
            end(client, connected);
        }
    }

    private static Http2Client.Stream ask(TranscriptClient client, String text) {
        try {
            return client.query(Sdk.PYTHON, text);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void stepOfARunThatIsInterruptedDies() throws Exception {
        try (var client = client();
                var connected = connect(client)) {
            Http2Client.Stream query = hang(client);
            query.reset();
            connected.attachment().close();
            assertThat(client.shutdown().status()).isEqualTo(200);
            awaitDead();
            for (Http2Client.Stream stream : connected.streams()) {
                assertThat(stream.answer().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void stepOfARunThatIsKilledDies() throws Exception {
        try (var client = client();
                var _ = connect(client)) {
            hang(client);
        }
        awaitDead();
    }

    private Http2Client.Stream hang(TranscriptClient client) throws Exception {
        Http2Client.Stream query =
                client.query("{ container { from(address: \"alpine\") { withExec(args: [\"sh\", \"-c\","
                        + " \"echo started; : hang-" + nonce + "; sleep 25; echo done\"]) { stdout } } } }\n");
        await().until(() -> !steps().isEmpty());
        return query;
    }

    private void awaitDead() {
        await().atMost(STEP_IS_DEAD)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(steps()).isEmpty());
    }

    private List<Path> steps() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(process -> process.getFileName().toString().matches("\\d+"))
                    .filter(process -> commandLine(process).contains(": hang-" + nonce))
                    .toList();
        }
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // It ended meanwhile.
        }
    }
}
