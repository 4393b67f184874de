package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How fields are run: in parallel, cancelled together, without recursion, and what is said when they fail. */
class ExecutionTest {
    private static final JobOpener NO_JOB = (client, operation) -> {
        throw new AssertionError("nothing is demanded");
    };

    private final Door door = new Door();

    @ParameterizedTest
    @ValueSource(ints = {1, 200, 500, 10_000, 100_000})
    void deepChainsAreFollowed(int depth) throws Exception {
        String query = "{ directory " + "{ filter ".repeat(depth) + "{ name }" + " }".repeat(depth + 1);

        assertThat(door.ask(query))
                .isEqualTo("{\"data\":{\"directory\":" + "{\"filter\":".repeat(depth) + "{\"name\":\"/\"}"
                        + "}".repeat(depth + 2));
    }

    @Test
    void deepDocumentsThatBranchAtEveryLevelAreFollowed() throws Exception {
        int depth = 3000;
        String query = "{ directory " + "{ name ... on Directory { filter ".repeat(depth) + "{ name }"
                + " } }".repeat(depth) + " }";

        assertThat(door.ask(query))
                .startsWith("{\"data\":{\"directory\":{\"name\":\"/\",\"filter\":{")
                .doesNotContain("null");
    }

    @Test
    void aDeepChainOfFragmentsInPlaceIsFollowed() throws Exception {
        assertThat(door.ask("{ directory { " + "... { ".repeat(20_000) + "name" + " }".repeat(20_002)))
                .isEqualTo("{\"data\":{\"directory\":{\"name\":\"/\"}}}");
    }

    @Test
    void wideDocumentsAreAnsweredInTheirOrder() throws Exception {
        var query = new StringBuilder("{ directory {");
        var expected = new StringBuilder("{\"data\":{\"directory\":{");
        for (int i = 0; i < 2000; i++) {
            query.append(" f").append(i).append(": name");
            expected.append(i == 0 ? "" : ",").append("\"f").append(i).append("\":\"/\"");
        }

        assertThat(door.ask(query + " } }")).isEqualTo(expected + "}}}");
    }

    @Test
    void longTextsPassBothWays() throws Exception {
        String text = "x".repeat(30 << 20);

        assertThat(door.ask("{ file(name: \"f\", contents: \"" + text + "\") { size contents } }"))
                .hasSize(text.length() + "{\"data\":{\"file\":{\"size\":31457280,\"contents\":\"\"}}}".length());
    }

    @Test
    void siblingsRunAtTheSameTime() throws Exception {
        var barrier = new CyclicBarrier(3);
        var fields = new FieldTable();
        fields.field("Container", "stdout", call -> {
            barrier.await(20, TimeUnit.SECONDS);
            return "out";
        });
        var parallel = new Door(fields, FieldObserver.NONE, NO_JOB);

        assertThat(parallel.ask("{ a: container { stdout x: stdout } container { stdout } }"))
                .isEqualTo("{\"data\":{\"a\":{\"stdout\":\"out\",\"x\":\"out\"},\"container\":{\"stdout\":\"out\"}}}");
    }

    @Test
    void aFailureEndsItsSiblingsBelowTheSameRootFieldOnly() throws Exception {
        var waiting = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        var fields = new FieldTable();
        fields.field("Container", "stdout", call -> {
            waiting.countDown();
            try {
                Thread.sleep(20_000);
                return "";
            } finally {
                ended.countDown();
            }
        });
        fields.field("Container", "stderr", call -> {
            waiting.await();
            throw new IllegalStateException("first");
        });
        var failing = new Door(fields, FieldObserver.NONE, NO_JOB);

        String answer = failing.ask("{ a: container { stdout stderr } ok: directory { name } b: directory {"
                + " file(path: \"n\") { name } } }");

        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(Door.MAPPER.readTree(answer).get("errors")).hasSize(2);
        assertThat(answer).endsWith("\"data\":null}");
    }

    @Test
    void interruptingTheCallerCancelsEverythingAndClosesTheJob() throws Exception {
        var started = new CountDownLatch(2);
        var interrupted = new CountDownLatch(2);
        var closed = new AtomicInteger();
        var fields = new FieldTable();
        fields.field("Container", "stdout", call -> {
            try {
                return call.demand(ExecutionTest.<Vertex>anything()).toString();
            } finally {
                interrupted.countDown();
            }
        });
        Job job = new Job() {
            @Override
            public StoredResult demand(Vertex vertex) throws InterruptedException {
                started.countDown();
                Thread.sleep(60_000);
                throw new AssertionError("not interrupted");
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        var opened = new AtomicInteger();
        var slow = new Door(fields, FieldObserver.NONE, (client, operation) -> {
            opened.incrementAndGet();
            return job;
        });
        var thrown = new AtomicReference<Throwable>();
        Thread caller = Thread.ofVirtual().start(() -> {
            try {
                slow.ask("{ a: container { stdout } b: container { stdout } }");
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();

        caller.interrupt();

        assertThat(caller.join(java.time.Duration.ofSeconds(20))).isTrue();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(opened).hasValue(1);
        assertThat(closed).hasValue(1);
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // the fake job does not look at it
    private static <T> T anything() {
        return null;
    }

    @Test
    void whatNobodyImplementsIsNamed() throws Exception {
        assertThat(door.ask("{ container { publish(address: \"x\") } }"))
                .isEqualTo("{\"errors\":[{\"message\":\"Container.publish is not supported by this engine yet\","
                        + "\"path\":[\"container\",\"publish\"],\"extensions\":{\"code\":\"UNSUPPORTED\"}}],"
                        + "\"data\":null}");
    }

    @Test
    void typedErrorsKeepExactlyTheirExtensions() throws Exception {
        String answer = door.ask("{ file(name: \"\", contents: \"\") { withTimestamps(timestamp: 1) { id } } }");

        assertThat(Door.MAPPER.readTree(answer).at("/errors/0/extensions"))
                .isEqualTo(Door.MAPPER.readTree("{\"_type\":\"EXEC_ERROR\",\"cmd\":[\"sh\"],\"exitCode\":3,"
                        + "\"stdout\":\"o\",\"stderr\":\"e\"}"));
        assertThat(door.error("{ file(name: \"\", contents: \"\") { withTimestamps(timestamp: 1) { id } } }"))
                .isEqualTo("exit code: 3");
    }

    @Test
    void lateErrorsSayWhereTheyRan() throws Exception {
        GraphqlResponse response = door.request(
                "POST",
                "/query",
                Map.of(
                        "Content-Type", "application/json",
                        "traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"),
                "{\"query\":\"{ directory { export(path: \\\"x\\\") } }\"}");
        assertThat(response.text())
                .containsPattern(
                        "disk on fire \\[traceparent:0123456789abcdef0123456789abcdef-[0-9a-f]{16}]\",\"path\"")
                .doesNotContain("extensions");
        assertThat(door.error("{ directory { directory(path: \"gone\") { entries } } }"))
                .matches("stat gone: no such file or directory \\[traceparent:[0-9a-f]{32}-[0-9a-f]{16}]");
    }

    @Test
    void defectsOfResolversAreSaidToBeDefects() throws Exception {
        assertThat(door.ask("{ directory { chown(path: \"\", owner: \"\") { id } } }"))
                .contains("Directory.chown failed inside the engine, which is a defect of it: "
                        + "java.lang.IllegalStateException: a defect")
                .contains("\"code\":\"INTERNAL\"");
        assertThat(door.error("{ directory { search(pattern: \"\") { filePath } } }"))
                .endsWith("resolved to String although it is declared as [SearchResult!]!");
        assertThat(door.error("{ directory { withoutFile(path: \"\") { id } } }"))
                .endsWith("resolved to null although it is declared as Directory!");
    }

    @Test
    void nullIsAnAnswerWhereTheSchemaAllowsIt() throws Exception {
        assertThat(door.ask("{ directory { findUp(name: \"\", start: \"\") } }"))
                .isEqualTo("{\"data\":{\"directory\":{\"findUp\":null}}}");
    }

    @Test
    void selectionsOfLeavesAndMissingOnesAreErrorsOfTheRun() throws Exception {
        assertThat(door.query("{ version { x } }").status()).isEqualTo(200);
        assertThat(door.error("{ version { x } }"))
                .isEqualTo("field \"version\" of type \"String\" must not have a selection of subfields: it has none");
        assertThat(door.error("{ directory }"))
                .isEqualTo("field \"directory\" of type \"Directory\" must have a selection of subfields");
    }

    @Test
    void theObserverSeesFieldsWithTheirArgumentsButNoSecrets() throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        class Recorder implements FieldObserver.Observation {
            private final String name;

            Recorder(String name) {
                this.name = name;
            }

            @Override
            public FieldObserver.Observation field(FieldObserver.FieldStart start) {
                seen.add(name + " > " + start.key() + "=" + start.name() + start.arguments());
                return new Recorder(start.name());
            }

            @Override
            public void ended(FieldObserver.FieldEnd end) {
                seen.add(name + " ended "
                        + end.object().map(object -> object.typeName()).orElse("-")
                        + end.error().map(error -> " " + error.getMessage()).orElse(""));
            }

            @Override
            public Optional<String> origin(Throwable error) {
                return Optional.of("0".repeat(32) + "-" + "1".repeat(16));
            }
        }
        var fields = new FieldTable();
        fields.field("Query", "setSecret", call -> FakeCore.Thing.of("Secret"));
        var observed = new Door(fields, (client, operation, headers) -> new Recorder("op " + operation), NO_JOB);

        observed.ask("query Q { setSecret(name: \"n\", plaintext: \"very secret\") { id __typename } }");
        assertThat(seen)
                .containsExactly(
                        "op Q > setSecret=Query.setSecret{name=n, plaintext=***}",
                        "Query.setSecret ended Secret",
                        "op Q ended -");
        seen.clear();

        assertThat(observed.error("{ directory { x: export(path: \"p\") } }"))
                .endsWith("[traceparent:" + "0".repeat(32) + "-" + "1".repeat(16) + "]");
        assertThat(seen)
                .contains("Query.directory > x=Directory.export{path=p}", "Directory.export ended - disk on fire");
    }

    @Test
    void registeringWhatTheSchemaDoesNotHaveIsRefusedAtStart() {
        var fields = new FieldTable();
        fields.field("Container", "nope", call -> null);
        fields.field("Container", "id", call -> null);

        assertThatThrownBy(() -> new Door(fields, FieldObserver.NONE, NO_JOB))
                .hasMessage("fields that cannot be registered: Container.id (the door answers it itself),"
                        + " Container.nope (the schema has no such field)");
        assertThatThrownBy(() -> fields.field("Container", "nope", call -> null))
                .hasMessage("the field Container.nope is registered twice");
    }
}
