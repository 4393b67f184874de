package org.buildengine.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.buildengine.server.fixture.ClientFixture;
import org.buildengine.server.fixture.EngineProcess;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.fixture.RegistryFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All cases against a running engine, with a registry, real containers, and a client that offers its files. A case passes,
 * or {@code waiting.txt} says which fields it waits for.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceIT {
    private static final Map<String, String> PLACEHOLDERS = Map.of(
            "ALPINE", "alpine:3.22.1", "REG", "registry.invalid", "HTTPD", "httpd.invalid", "GITD", "git.invalid");

    private Path directory;
    private RegistryFixture registry;
    private EngineProcess engine;
    private ClientFixture client;
    private ConformanceRunner shared;

    @BeforeAll
    void start(@TempDir Path scratch) throws Exception {
        directory = scratch;
        registry = RegistryFixture.start(directory.resolve("registry"));
        registry.push("library/alpine", "3.22.1", ImageFixture.alpine());
        registry.push("library/busybox", "1.37.0", ImageFixture.alpine());
        engine = EngineProcess.start(directory.resolve("engine"), List.of("docker.io=" + registry.uri()));
        client = ClientFixture.attach(engine.uri(), Files.createDirectory(directory.resolve("shared")), Map.of());
        shared = new ConformanceRunner(client.endpoint(), PLACEHOLDERS, Optional.empty());
    }

    @AfterAll
    void stop() throws Exception {
        try (var _ = registry;
                var running = engine;
                var _ = client) {
            assertThat(running.log()).doesNotContain("LEAK:");
        }
    }

    static Stream<ConformanceCase> cases() {
        return ConformanceCases.load().stream().filter(each -> each.elsewhere().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersAreAsObservedOrNameTheFieldsThatAreMissing(ConformanceCase each) throws Exception {
        ConformanceRunner.Result result = run(each);
        Optional<Set<String>> expected = Optional.ofNullable(waiting().get(each.id()));

        assertThat(result.unexplained()).isEmpty();
        if (expected.isEmpty()) {
            assertThat(result.differences()).isEmpty();
            assertThat(result.unsupported()).isEmpty();
        } else {
            assertThat(result.unsupported())
                    .as("fields that %s waits for; remove it from waiting.txt if there are none", each.id())
                    .isNotEmpty()
                    .isEqualTo(expected.get());
        }
    }

    @Test
    void whatIsWaitingIsACase() throws Exception {
        assertThat(waiting().keySet())
                .isSubsetOf(cases().map(ConformanceCase::id).toList());
    }

    private ConformanceRunner.Result run(ConformanceCase each) throws Exception {
        if (!each.needs().contains("host")) {
            return shared.run(each);
        }
        Path workdir = workdir(each.id());
        try (var own = ClientFixture.attach(engine.uri(), workdir, Map.of("CASE_SECRET", "abc"))) {
            var placeholders = new TreeMap<>(PLACEHOLDERS);
            placeholders.put("WORKDIR", workdir.toString());
            return new ConformanceRunner(own.endpoint(), placeholders, Optional.of(workdir)).run(each);
        }
    }

    private Path workdir(String name) throws IOException {
        Path workdir = directory.resolve("host-" + name);
        Files.createDirectories(workdir.resolve("sub"));
        Files.createDirectories(workdir.resolve(".git"));
        Files.writeString(workdir.resolve("a.txt"), "A");
        Files.writeString(workdir.resolve("keep.md"), "K");
        Files.writeString(workdir.resolve("sub/b.txt"), "B");
        Files.writeString(workdir.resolve(".gitignore"), "*.md");
        if (name.equals("C53")) {
            Files.writeString(workdir.resolve("tok.txt"), "filesecret");
        }
        return workdir;
    }

    /** Case to fields: a line for each case, its fields behind it. */
    private static Map<String, Set<String>> waiting() throws IOException {
        var waiting = new TreeMap<String, Set<String>>();
        try (InputStream in = Objects.requireNonNull(ConformanceIT.class.getResourceAsStream("waiting.txt"))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                List<String> words = List.of(line.split(" "));
                waiting.put(words.getFirst(), new TreeSet<>(words.subList(1, words.size())));
            }
        }
        return waiting;
    }
}
