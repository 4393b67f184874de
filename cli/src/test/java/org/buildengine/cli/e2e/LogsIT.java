package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users see of what their steps printed. */
class LogsIT {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    private @Nullable Site opened;

    @AfterEach
    void close() throws Exception {
        if (opened != null) {
            opened.close();
        }
    }

    private Site open(Map<String, String> environment) throws Exception {
        Site site = Site.openForSessions(directory, environment);
        opened = site;
        return site;
    }

    private static String run(Site site, Client client, String script) throws Exception {
        return client.ask("container { from(address: \"" + site.image() + "\") { withExec(args: [\"sh\", \"-c\", \""
                + script + "\"]) { stdout");
    }

    private static Finished logs(Site site, String... arguments) throws Exception {
        var all = new String[arguments.length + 1];
        all[0] = "logs";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return site.engine().engine(all);
    }

    /** The number of the step of a build with a text in its name. */
    private static String step(Site site, String build, String text) throws Exception {
        JsonNode steps = JSON.readTree(site.engine()
                        .engine("explain", "--json", build, text)
                        .succeeded()
                        .out())
                .get("steps");
        assertThat(steps).hasSize(1);
        return steps.get(0).get("number").asText();
    }

    private static List<String> builds(Site site) throws Exception {
        return JSON.readTree(site.engine()
                        .engine("explain", "--list", "--json")
                        .succeeded()
                        .out())
                .get("builds")
                .findValuesAsText("id");
    }

    private static void assertFails(Finished command, String text) {
        assertThat(command.code()).isEqualTo(1);
        assertThat(command.out()).isEmpty();
        assertThat(command.err()).contains(text);
    }

    @Test
    void buildThatRememberedAllSaysSoAndWhereTheOutputIs() throws Exception {
        Site site = open(Map.of());
        for (int i = 0; i < 2; i++) {
            try (Client client = Client.open(site.engine().address())) {
                run(site, client, "echo once");
                assertThat(builds(site)).hasSize(i + 1);
            }
        }
        List<String> builds = builds(site);
        String second = builds.getFirst().substring(0, 8);
        String number = step(site, second, "once");
        Finished logs = logs(site, second).succeeded();
        assertThat(logs.out()).isEmpty();
        assertThat(logs.err())
                .startsWith("engine: build " + second + " ran nothing: its ")
                .endsWith("engine: step " + number + " exec sh -c echo once was run by build "
                        + builds.getLast().substring(0, 8) + "; engine logs " + second + " " + number
                        + " shows its output\n");
        assertThat(logs(site, second, number).succeeded().out()).isEqualTo("once\n");
        for (String line :
                logs(site, second, "--json").succeeded().out().lines().toList()) {
            assertThat(JSON.readTree(line).get("event").asText()).isIn("source", "nothing_ran", "elsewhere");
        }
    }

    @Test
    void outputOfAFailedStepIsThereWhenItsSessionAndItsDaemonAreGone() throws Exception {
        Site site = open(Map.of());
        try (Client client = Client.open(site.engine().address())) {
            assertThatThrownBy(() -> run(site, client, "echo grüße; echo alas >&2; printf end; exit 3"))
                    .hasMessageContaining("exit code: 3");
        }
        String explained =
                site.engine().engine("explain", "", "alas").succeeded().out();
        String number = step(site, "", "alas");
        String build = builds(site).getFirst();
        assertThat(explained).contains("; engine logs " + build.substring(0, 8) + " " + number + " shows its output\n");

        for (int i = 0; i < 2; i++) {
            Finished step = logs(site, build.substring(0, 8), number).succeeded();
            assertThat(step.out()).isEqualTo("grüße\nend");
            assertThat(step.err()).isEqualTo("alas\n");
            assertThat(logs(site).succeeded().out().lines())
                    .hasSize(3)
                    .allMatch(line -> line.startsWith(number + " exec sh -c echo grüße"))
                    .anyMatch(line -> line.endsWith(" | grüße"))
                    .anyMatch(line -> line.endsWith(" | alas"))
                    .anyMatch(line -> line.endsWith(" | end"));
            site.engine().stop();
            site.engine().start();
        }
        assertThat(logs(site, build, number, "--timestamps").succeeded().out())
                .matches("\\d{4}-\\S+Z grüße\n\\d{4}-\\S+Z end\n");
        String json = logs(site, "--json").succeeded().out();
        assertThat(json.lines().map(LogsIT::event)).startsWith("source").contains("began", "output", "ended");
        assertThat(json).contains("\"outcome\":\"FAILED\"");
        wrongArgumentsAreExplained(site, build);
    }

    private static String event(String line) {
        try {
            return JSON.readTree(line).get("event").asText();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(line, e);
        }
    }

    private static void wrongArgumentsAreExplained(Site site, String build) throws Exception {
        assertFails(
                logs(site, "no-such-build"),
                "engine: no build is kept whose id begins with \"no-such-build\"; engine explain --list names them\n");
        assertFails(logs(site, build, "999"), "engine: build " + build + " has no step 999; it has ");
        for (String wrong : List.of("0", "alas")) {
            assertFails(
                    logs(site, build, wrong),
                    "engine: \"" + wrong + "\" is no number of a step; engine explain prints them\n");
        }
    }

    @Test
    void whatWasPrintedBeforeADaemonWasKilledIsThere() throws Exception {
        Site site = open(Map.of());
        try (Client client = Client.open(site.engine().address());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> step = threads.submit(
                    () -> run(site, client, "i=0; while true; do echo line $((i=i+1)); sleep 0.01; done"));
            await().atMost(Running.PATIENCE).until(() -> logs(site).out().contains(" | line 20\n"));
            site.engine().kill();
            assertThat(step).failsWithin(Running.PATIENCE);
        }
        site.engine().start();
        assertThat(site.engine().engine("explain", "", "line").succeeded().out())
                .contains(": ran and was cancelled (the engine died while it ran), never seen before");
        assertThat(site.engine().engine("explain", "--list").succeeded().out())
                .contains(", cut off, the engine died\n");
        Finished log = logs(site, "", step(site, "", "line")).succeeded();
        List<String> lines = log.out().lines().toList();
        assertThat(lines).hasSizeGreaterThanOrEqualTo(20);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).isEqualTo("line " + (i + 1));
        }
        assertThat(log.err())
                .isEqualTo("engine: the output ends here: the engine died, or could not write, before the step had"
                        + " ended\n");
    }

    @Test
    void followerSeesAStepThatAnotherBuildJoinedAndEndsWithIt() throws Exception {
        Site site = open(Map.of());
        String script = "echo begun; until [ -e /cache/go ]; do sleep 0.1; done; echo done";
        try (Client one = Client.open(site.engine().address());
                Client two = Client.open(site.engine().address());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String volume = one.ask("cacheVolume(key: \"k\") { id");
            Future<String> first = threads.submit(() -> waiting(site, one, volume, script));
            await().atMost(Running.PATIENCE).until(() -> logs(site).out().contains(" | begun\n"));
            Future<String> second = threads.submit(() -> waiting(site, two, volume, script));
            await().atMost(Running.PATIENCE).until(() -> builds(site).size() == 2);
            await().atMost(Running.PATIENCE)
                    .until(() ->
                            site.engine().engine("explain", "", "begun").out().contains(": joined, "));
            String number = step(site, "", "begun");
            Running follower = site.engine()
                    .user(directory, Map.of(), List.of(ScratchEngine.LAUNCHER, "logs", "", number, "--follow"));
            await().atMost(Running.PATIENCE).until(() -> follower.out().equals("begun\n"));
            release(site);
            assertThat(List.of(first.get(), second.get())).containsOnly("begun\ndone\n");
            Finished followed = follower.finish().succeeded();
            assertThat(followed.out()).isEqualTo("begun\ndone\n");
            String runner = builds(site).get(1).substring(0, 8);
            assertThat(followed.err()).isEqualTo("engine: the step was run by build " + runner + "\n");
            assertThat(logs(site).succeeded().err())
                    .contains(" was run by build " + runner + "; engine logs ")
                    .contains(" " + number + " shows its output\n");
        }
        try (Stream<Path> files = Files.list(site.engine().root().resolve("events"))) {
            assertThat(files.filter(file -> contains(file, "begun\n"))).hasSize(1);
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
                    .contains(text);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String waiting(Site site, Client client, String volume, String script) throws Exception {
        return client.ask("container { from(address: \"" + site.image()
                + "\") { withMountedCache(path: \"/cache\", cache: \"" + volume
                + "\") { withExec(args: [\"sh\", \"-c\", \""
                + script + "\"]) { stdout");
    }

    private static void release(Site site) throws Exception {
        try (Stream<Path> volumes = Files.list(site.engine().root().resolve("caches"))) {
            Files.createFile(volumes.findFirst().orElseThrow().resolve("go"));
        }
    }

    @Test
    void outputIsLookedUpWhereItIsAndWhatIsGoneIsSaidToBe() throws Exception {
        Site site = open(Map.of("ENGINE_LOGS_MAX_SPACE", "0", "ENGINE_GC", "false"));
        String much = "i=0; while [ $i -lt 2000 ]; do echo $i; echo $i >&2; i=$((i+1)); done";
        for (int i = 0; i < 2; i++) {
            try (Client client = Client.open(site.engine().address())) {
                run(site, client, "echo short; echo warning >&2");
                run(site, client, much);
            }
            await().atMost(Running.PATIENCE)
                    .until(() -> site.engine().root().resolve("events").toFile().list().length >= 1);
        }
        String first = builds(site).get(1);
        String step = step(site, first, "short");
        await().atMost(Running.PATIENCE).until(() -> logs(site, first).code() == 1);
        assertFails(logs(site, first), "the log of build " + first + " was removed, since all logs together took more");
        Finished kept = logs(site, first, step).succeeded();
        assertThat(kept.out()).isEqualTo("short\n");
        assertThat(kept.err())
                .isEqualTo("engine: the log of build " + first.substring(0, 8)
                        + " has no run of the step; this is kept with its result\nwarning\n");
        Finished large = logs(site, "", step(site, "", "while")).succeeded();
        assertThat(large.out().lines()).hasSize(2000).startsWith("0", "1").endsWith("1999");
        assertThat(large.err().lines()).hasSize(2001).endsWith("1999");

        site.engine().engine("prune", "--all").succeeded();
        assertFails(
                logs(site, first, step),
                " is not kept any more: the log of build " + first + ", which ran it, was removed, since all logs"
                        + " together took more than --logs-max-space of the daemon allows, and its result is gone\n");
    }

    @Test
    void heapDoesNotGrowWithTheOutputAndAReaderWhoHasEnoughIsNoNews() throws Exception {
        Site site = open(Map.of("ENGINE_MAX_HEAP", "64m"));
        try (Client client = Client.open(site.engine().address())) {
            assertThat(client.ask("container { from(address: \"" + site.image()
                            + "\") { withExec(args: [\"sh\", \"-c\", \"yes 0123456789012345678901234567890 | head -c"
                            + " 150000000\"]) { exitCode"))
                    .isEqualTo("0");
        }
        Running reader = site.engine()
                .user(directory, Map.of(), List.of(ScratchEngine.LAUNCHER, "logs", "", step(site, "", "150000000")));
        reader.finish().succeeded();
        assertThat(reader.outBytes()).isEqualTo(150_000_000);

        Running enough = site.engine()
                .user(directory, Map.of(), List.of("sh", "-c", ScratchEngine.LAUNCHER + " logs | head -n 1"));
        assertThat(enough.finish().succeeded().out()).contains(" | 0123456789");
        assertThat(site.engine().stop().err()).doesNotContain("WARNING");
    }

    @Test
    void outputThatCannotBeWrittenFailsNoBuildAndIsSaidToBeMissing() throws Exception {
        Site site = open(Map.of());
        Path events = site.engine().root().resolve("events");
        for (int build = 1; build < 10; build++) {
            Files.createDirectory(events.resolve(build + ".log"));
        }
        try (Client client = Client.open(site.engine().address())) {
            assertThat(run(site, client, "echo all the same")).isEqualTo("all the same\n");
            Finished whileItLasts = logs(site).succeeded();
            assertThat(whileItLasts.out()).isEmpty();
            assertThat(whileItLasts.err())
                    .startsWith("engine: output is missing here, the engine cannot write it: " + events)
                    .endsWith(".log (Is a directory)\n");
            assertThat(logs(site, "--json").out()).contains("{\"event\":\"unwritten\",\"why\":\"" + events);
        }
    }
}
