package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users are told of why their steps ran. */
class ExplainIT {
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

    private void build(String words) throws Exception {
        try (Client client = Client.open(site.engine().address())) {
            client.ask("container { from(address: \"" + site.image() + "\") { withExec(args: [\"echo\", \"" + words
                    + "\"]) { stdout");
        }
    }

    private String explain(String... arguments) throws Exception {
        return site.engine().engine(arguments).succeeded().out();
    }

    @Test
    void commandThatChangedIsToldAlsoAfterACrash() throws Exception {
        build("one");
        build("two");
        assertThat(explain("explain", "", "echo two"))
                .contains("exec echo two: ran, argument changed: argument 1 (one -> two), was asked for by build ");
        build("two");
        assertThat(explain("explain", "", "echo two")).contains("exec echo two: remembered, made by build ");

        site.engine().kill();
        site.engine().start();
        var builds = new JsonMapper()
                .readTree(explain("explain", "--list", "--json"))
                .get("builds");
        assertThat(builds).hasSize(3);
        String first = builds.get(2).get("id").asText();
        String second = builds.get(1).get("id").asText();
        assertThat(explain("explain", second, "echo two")).contains("argument changed: argument 1 (one -> two)");
        assertThat(explain("diff", first, second)).contains("exec echo two: argument changed: argument 1 (one -> two)");
        assertThat(explain("explain", "--json", first)).contains("\"NEVER_SEEN\"");

        Finished unknown = site.engine().engine("explain", "no-such-build");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err())
                .isEqualTo("engine: no build is kept whose id begins with \"no-such-build\"; engine explain --list"
                        + " names them\n");
        assertThat(site.engine().engine("explain", first, "no such step").err())
                .contains("has no step \"no such step\"; it has ");
    }

    @Test
    void stepThatWasCancelledSaysWhy() throws Exception {
        for (String end : List.of("its client ended the session", "the engine was stopped")) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                    Client client = Client.open(site.engine().address())) {
                Future<?> _ = threads.submit(() -> client.ask("container { from(address: \"" + site.image()
                        + "\") { withExec(args: [\"sleep\", \"1000.25\"]) { stdout"));
                ScratchEngine.awaitStep("sleep\u00001000.25");
                if (end.contains("stopped")) {
                    site.engine().stop();
                }
            }
            if (end.contains("stopped")) {
                site.engine().start();
            }
            await().atMost(Running.PATIENCE)
                    .until(() -> explain("explain", "", "sleep").contains("cancelled"));
            assertThat(explain("explain", "", "sleep"))
                    .contains("exec sleep 1000.25: ran and was cancelled (" + end + ")");
        }
    }

    private List<String> builds() throws Exception {
        return new JsonMapper()
                .readTree(explain("explain", "--list", "--json"))
                .get("builds")
                .findValuesAsText("id");
    }

    @Test
    void policyInWhichBuildsDifferAndArgumentThatIsInsertedAreTold() throws Exception {
        build("one");
        try (Client client = Client.open(site.engine().address())) {
            client.ask("container { from(address: \"" + site.image()
                    + "\") { withCachePolicy(policy: Never) { withExec(args: [\"echo\", \"one\"]) { stdout");
        }
        List<String> builds = builds();
        assertThat(explain("diff", builds.get(1), builds.get(0)))
                .contains("exec echo one: setting changed: cache policy (Default -> Never)\n");
        build("-n\", \"one");
        assertThat(explain("explain", "", "echo -n one"))
                .contains("ran, argument changed: argument 1 (new: -n), was asked for by build ");
    }

    /** Runs commands one after the other. */
    private void chain(String... words) throws Exception {
        var request = new StringBuilder("container { from(address: \"" + site.image() + "\") {");
        for (String each : words) {
            request.append(" withExec(args: [\"true\", \"").append(each).append("\"]) {");
        }
        try (Client client = Client.open(site.engine().address())) {
            client.ask(request + " stdout");
        }
    }

    /** What a command says, without times, and with numbers for builds. */
    private String golden(String... arguments) throws Exception {
        String text = explain(arguments);
        List<String> builds = builds().reversed();
        for (int i = 0; i < builds.size(); i++) {
            text = text.replace(builds.get(i).substring(0, 8), "#" + (i + 1));
        }
        return text.replaceAll(" (now|\\d[\\w. ]* ago)", "");
    }

    /** Each reason of a build's steps as number of the step, kind, number and name of what it is about. */
    private List<String> reasons(String build) throws Exception {
        var told = new ArrayList<String>();
        for (JsonNode step :
                new JsonMapper().readTree(explain("explain", "--json", build)).get("steps")) {
            for (JsonNode reason : step.path("reasons")) {
                told.add(step.get("number").asText() + " "
                        + reason.path("how").asText(reason.get("reason").asText()) + " " + reason.get("step") + " "
                        + reason.get("name").asText());
            }
        }
        return told;
    }

    @Test
    void stepsThatWereInsertedRemovedAndSwappedAreToldAsSuchAlsoAfterACrash() throws Exception {
        chain("a", "b", "c", "d", "e", "f");
        chain("a", "new", "b 2", "d", "c", "f");
        String first = builds().get(1);
        String second = builds().get(0); // who asks waits until what was decided before is written
        site.engine().kill();
        site.engine().start();
        assertThat(golden("explain", second, "exec").lines())
                .containsExactly(
                        "step 2 exec true a: remembered, made by build #1",
                        "step 3 exec true new: ran, new step before step 4 exec true b 2",
                        "step 4 exec true b 2: ran, step 3 exec true new before it is new; argument changed: argument 1"
                                + " (b -> b 2), was asked for by build #1",
                        "step 5 exec true d: ran, swapped with step 6 exec true c, was asked for by build #1",
                        "step 6 exec true c: ran, swapped with step 5 exec true d, was asked for by build #1",
                        "step 7 exec true f: ran, step 6 exec true e of build #1 is no longer there, was asked for by"
                                + " build #1");
        assertThat(golden("diff", first, second))
                .isEqualTo("step 3 exec true new: only in the later build, new step before step 4 exec true b 2\n");
        assertThat(golden("diff", second, first))
                .isEqualTo("step 3 exec true new of the earlier build: no longer there\n");
        assertThat(reasons(second))
                .containsExactly(
                        "3 INSERTED 4 exec true b 2",
                        "4 AFTER_NEW 3 exec true new",
                        "4 OPERATION_CHANGED null argument 1",
                        "5 SWAPPED 6 exec true c",
                        "6 SWAPPED 5 exec true d",
                        "7 REMOVED 6 exec true e");
        JsonNode divergence = new JsonMapper()
                .readTree(explain("diff", "--json", first, second))
                .at("/divergences/0");
        assertThat(divergence.at("/reasons/0/how").asText()).isEqualTo("INSERTED");
        assertThat(divergence.at("/after").asInt()).isEqualTo(3);
    }

    private String twoSteps(String policy) throws Exception {
        try (Client client = Client.open(site.engine().address())) {
            return client.ask("container { from(address: \"" + site.image() + "\") { withCachePolicy(policy: " + policy
                    + ") { withExec(args: [\"touch\", \"/a\"]) { withCachePolicy(policy: Default) {"
                    + " withExec(args: [\"echo\", \"b\"]) { withExec(args: [\"echo\", \"c\"]) { stdout");
        }
    }

    @Test
    void stepsAfterOneWhosePolicyChangedSayThatTheyRanForThat() throws Exception {
        twoSteps("Default");
        twoSteps("PerSession");
        assertThat(explain("explain", "", "touch"))
                .contains("ran, forbidden by policy: it may use results of its own session only");
        for (String step : List.of("echo b", "echo c")) {
            assertThat(explain("explain", "", step))
                    .contains("ran, upstream policy changed: step ")
                    .contains("exec touch /a (Default -> PerSession), with the same files");
        }
        twoSteps("PerSession");
        assertThat(explain("explain", "", "echo c")).contains("remembered, ");
    }

    @Test
    void stepThatAnotherBuildWentOnWithWasNotCancelled() throws Exception {
        String request =
                "container { from(address: \"" + site.image() + "\") { withExec(args: [\"sleep\", \"6.25\"]) { stdout";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                Client second = Client.open(site.engine().address())) {
            Future<?> result;
            try (Client first = Client.open(site.engine().address())) {
                Future<?> _ = threads.submit(() -> first.ask(request));
                ScratchEngine.awaitStep("sleep\u00006.25");
                result = threads.submit(() -> second.ask(request));
                await().atMost(Running.PATIENCE)
                        .until(() -> explain("explain", "", "sleep").contains(": joined, still running, build "));
            }
            result.get();
        }
        String first = builds().getLast();
        String second = builds().getFirst();
        assertThat(explain("explain", first, "sleep"))
                .contains("exec sleep 6.25: ran, was left (its client ended the session) and went on for build "
                        + second.substring(0, 8));
        try (Client third = Client.open(site.engine().address())) {
            third.ask(request);
        }
        assertThat(explain("explain", "", "sleep"))
                .contains("exec sleep 6.25: remembered, made by build " + second.substring(0, 8));
    }

    @Test
    void stepThatFailedForABuildThatJoinedItSaysSo() throws Exception {
        String request = "container { from(address: \"" + site.image()
                + "\") { withExec(args: [\"sh\", \"-c\", \"sleep 6.75; exit 7\"]) { stdout";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                Client first = Client.open(site.engine().address());
                Client second = Client.open(site.engine().address())) {
            Future<?> runs = threads.submit(() -> first.ask(request));
            ScratchEngine.awaitStep("sleep\u00006.75");
            assertThat(explain("explain", "", "sleep")).contains(": still running, never seen before\n");
            Future<?> joins = threads.submit(() -> second.ask(request));
            for (Future<?> each : List.of(runs, joins)) {
                assertThatThrownBy(each::get).hasMessageContaining("exit code: 7");
            }
            assertThat(step(second, "exec sh -c sleep 6.75; exit 7").toString())
                    .contains("\"decision\":\"JOINED\",\"outcome\":\"FAILED\"");
        }
        String runner = builds().getLast();
        String joiner = builds().getFirst();
        assertThat(explain("explain", joiner, "sleep"))
                .contains(": joined and failed, build " + runner.substring(0, 8) + " was running it; engine logs "
                        + joiner.substring(0, 8) + " ");
        JsonNode step = new JsonMapper()
                .readTree(explain("explain", joiner, "sleep", "--json"))
                .at("/steps/0");
        assertThat(step.get("decision").asText()).isEqualTo("joined");
        assertThat(step.get("outcome").asText()).isEqualTo("FAILED");
        assertThat(step.get("build").asText()).isEqualTo(runner);
    }

    private static JsonNode steps(Client client) throws Exception {
        return client.session()
                .query(
                        "{ engine { build { steps { number name kind decision outcome reasons { kind name step"
                                + " files { path before after } } } } } }",
                        Map.of())
                .at("/engine/build/steps");
    }

    private static JsonNode step(Client client, String name) throws Exception {
        for (JsonNode step : steps(client)) {
            if (step.get("name").asText().equals(name)) {
                return step;
            }
        }
        throw new AssertionError("no step " + name + " in " + steps(client));
    }

    /** A command that writes something else each time, and may not be remembered; then one that reads it. */
    private String drawn(Client client) throws Exception {
        return client.ask("container { from(address: \"" + site.image()
                + "\") { withCachePolicy(policy: Never) { withExec(args: [\"cp\", \"/proc/sys/kernel/random/uuid\", \"/u\"])"
                + " { withCachePolicy(policy: Default) { withExec(args: [\"cat\", \"/u\"]) { stdout");
    }

    @Test
    void buildThatHangsBeforeItsFirstDecisionIsListed() throws Exception {
        try (var registry = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try (Client client = Client.open(site.engine().address())) {
                Future<?> _ = threads.submit(() -> client.ask("container { from(address: \"127.0.0.1:"
                        + registry.getLocalPort() + "/none\") { withExec(args: [\"true\"]) { stdout"));
                await().atMost(Running.PATIENCE)
                        .until(() -> explain("explain", "--list").contains(", not ended\n"));
                assertThat(builds()).hasSize(1);
            }
            await().atMost(Running.PATIENCE).until(() -> builds().isEmpty());
        }
    }

    @Test
    void programsSeeWhyStepsRanAndWhoseBytesAreOthersEachTime() throws Exception {
        String first;
        try (Client client = Client.open(site.engine().address())) {
            first = drawn(client);
            assertThat(step(client, "exec cat /u").at("/reasons/0/kind").asText())
                    .isEqualTo("NEVER_SEEN");
        }
        try (Client client = Client.open(site.engine().address())) {
            assertThat(drawn(client)).isNotEqualTo(first);
            JsonNode copying = step(client, "exec cp /proc/sys/kernel/random/uuid /u");
            assertThat(copying.get("outcome").asText()).isEqualTo("SUCCEEDED");
            assertThat(copying.at("/reasons/0/kind").asText()).isEqualTo("FORBIDDEN");
            assertThat(copying.at("/reasons/0/name").asText()).isEqualTo("FRESH");
            JsonNode reason = step(client, "exec cat /u").at("/reasons/0");
            assertThat(reason.get("kind").asText()).isEqualTo("NON_DETERMINISTIC");
            assertThat(reason.get("name").asText()).isEqualTo("exec cp /proc/sys/kernel/random/uuid /u");
            assertThat(reason.get("step").asInt())
                    .isEqualTo(copying.get("number").asInt());
            assertThat(reason.at("/files/0/path").asText()).isEqualTo("/u");
        }
        assertThat(explain("explain", "", "exec cat /u"))
                .contains("ran, not deterministic: step ")
                .contains(" gave something else under the same key and changed /u (sha256 ");
    }
}
