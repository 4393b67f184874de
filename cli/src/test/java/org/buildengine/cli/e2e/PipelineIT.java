package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.buildengine.cli.e2e.Site.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unmodified SDKs, by both ways to a session: what they get, and what runs again when something changes. */
class PipelineIT {
    private static final List<String> ALL = List.of("1", "2", "3", "4", "5");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before all
    private static Site site;

    private String nonce = "";

    @BeforeAll
    static void open() throws IOException, InterruptedException {
        site = Site.open(directory, Map.of());
    }

    @AfterAll
    static void close() throws IOException {
        site.close();
    }

    @BeforeEach
    void startAfresh() throws IOException {
        nonce = Site.nonce();
        Files.writeString(site.source().resolve("input"), "input\n");
        Files.writeString(site.late(), "late\n");
    }

    private Finished run(Sdk sdk, Door door, Settings settings) throws IOException, InterruptedException {
        Finished run = site.run(sdk, door, settings).succeeded();
        assertThat(run.said("exported").asText()).isEqualTo(settings.text("out"));
        return run;
    }

    private Settings pipeline() {
        return site.settings("pipeline", nonce);
    }

    @ParameterizedTest
    @CsvSource({"PYTHON,RUN", "PYTHON,SESSION", "TYPESCRIPT,RUN", "TYPESCRIPT,SESSION"})
    void programGetsEverythingAndTheSecondRunExecutesNothing(Sdk sdk, Door door)
            throws IOException, InterruptedException {
        Settings settings = pipeline();

        Finished first = run(sdk, door, settings);

        assertThat(first.said("stdout").asText()).isEqualTo("input\ninput\nthree\nlate\n");
        assertThat(first.said("error").get("exitCode").asInt()).isEqualTo(3);
        assertThat(first.said("error").get("stdout").asText()).isEqualTo("to stdout");
        assertThat(first.said("error").get("stderr").asText()).isEqualTo("to stderr");
        assertThat(first.said("error").get("cmd").get(0).asText()).isEqualTo("sh");
        assertThat(Path.of(settings.text("out"), "four")).hasContent("input\ninput\nthree\nlate\n");
        assertThat(Path.of(settings.text("out"), "one")).hasContent("input\n");
        assertThat(site.engine().executions(nonce)).isEqualTo(ALL);

        Finished second = run(sdk, door, pipeline());

        assertThat(second.said("stdout")).isEqualTo(first.said("stdout"));
        assertThat(second.said("error")).isEqualTo(first.said("error"));
        assertThat(site.engine().executions(nonce)).isEqualTo(ALL);
        if (door == Door.RUN) {
            assertThat(first.steps("exec", "DONE")).as(first.err()).isEqualTo(5);
            assertThat(first.steps("exec", "ERROR")).as(first.err()).isEqualTo(1);
            assertThat(second.steps("exec", "DONE")).as(second.err()).isZero();
            assertThat(second.steps("exec", "CACHED")).as(second.err()).isEqualTo(5);
        }
    }

    @Test
    void sameStepsFromTheOtherSdkExecuteNothing() throws IOException, InterruptedException {
        run(Sdk.PYTHON, Door.RUN, pipeline());
        run(Sdk.TYPESCRIPT, Door.SESSION, pipeline());

        assertThat(site.engine().executions(nonce)).isEqualTo(ALL);
    }

    @Test
    void aliasesAndAnotherOrderOfArgumentsExecuteNothing() throws Exception {
        // an id is valid as long as a session that saw it lives
        try (Client client = Client.open(site.engine().address())) {
            String volume = client.ask("cacheVolume(key: \"e2e\") { id");
            String step = "echo 1 >> /cache/ran-$NONCE; echo said";
            String plain = """
                    {container{from(address:"%1$s"){withEnvVariable(name:"NONCE",value:"%2$s"){
                    withMountedCache(path:"/cache",cache:"%3$s",expand:false){
                    withExec(args:["sh","-c","%4$s"],stdin:"x",expand:true){stdout}}}}}}""".formatted(site.image(), nonce, volume, step);
            String other = """
                    query Same {a: container{b: from(address:"%1$s"){c: withEnvVariable(value:"%2$s",name:"NONCE"){
                    d: withMountedCache(expand:false,cache:"%3$s",path:"/cache"){
                    e: withExec(expand:true,stdin:"x",args:["sh","-c","%4$s"]){f: stdout}}}}}}""".formatted(site.image(), nonce, volume, step);

            assertThat(site.engine()
                            .engine("query", "--doc", document(plain))
                            .succeeded()
                            .out())
                    .contains("said");
            Finished second =
                    site.engine().engine("query", "--doc", document(other)).succeeded();

            assertThat(second.out()).contains("\"f\"").contains("said");
            assertThat(site.engine().executions(nonce)).containsExactly("1");
            assertThat(second.steps("exec", "CACHED")).as(second.err()).isEqualTo(1);
        }
    }

    private static String document(String text) throws IOException {
        return Files.writeString(Files.createTempFile(directory, "document", ".graphql"), text)
                .toString();
    }

    @Test
    void restartExecutesNothing() throws IOException, InterruptedException {
        run(Sdk.TYPESCRIPT, Door.RUN, pipeline());
        Finished stopped = site.engine().stop();
        site.engine().start();
        assertThat(stopped.code()).as(stopped.err()).isZero();
        Finished again = run(Sdk.TYPESCRIPT, Door.RUN, pipeline());

        assertThat(site.engine().executions(nonce)).isEqualTo(ALL);
        assertThat(again.steps("exec", "CACHED")).as(again.err()).isEqualTo(5);
    }

    @Test
    void changedArgumentExecutesExactlyItsDependents() throws IOException, InterruptedException {
        run(Sdk.PYTHON, Door.RUN, pipeline());
        Finished changed = run(Sdk.PYTHON, Door.RUN, pipeline().with("argument", "changed"));

        assertThat(changed.said("stdout").asText()).isEqualTo("input\ninput\nchanged\nlate\n");
        assertThat(site.engine().executions(nonce)).containsExactly("1", "2", "3", "4", "5", "3", "4", "5");
        assertThat(changed.steps("exec", "CACHED")).as(changed.err()).isEqualTo(2);
    }

    @Test
    void changedFilesExecuteExactlyTheirDependents() throws IOException, InterruptedException {
        run(Sdk.TYPESCRIPT, Door.RUN, pipeline());
        Files.writeString(site.late(), "later\n");
        Finished late = run(Sdk.TYPESCRIPT, Door.RUN, pipeline());

        assertThat(late.said("stdout").asText()).isEqualTo("input\ninput\nthree\nlater\n");
        assertThat(site.engine().executions(nonce)).containsExactly("1", "2", "3", "4", "5", "3", "4", "5");

        Files.writeString(site.source().resolve("input"), "new input\n");
        Finished source = run(Sdk.TYPESCRIPT, Door.RUN, pipeline());

        assertThat(source.said("stdout").asText()).isEqualTo("new input\nnew input\nthree\nlater\n");
        assertThat(site.engine().executions(nonce)).hasSize(13);
    }

    @Test
    void changedExcludedFilesAndTimesExecuteNothing() throws IOException, InterruptedException {
        run(Sdk.PYTHON, Door.SESSION, pipeline());
        Files.writeString(site.source().resolve("ignored.log"), "changed " + nonce);
        Files.writeString(site.source().resolve("ignored/" + nonce), nonce);
        FileTime longAgo = FileTime.from(Instant.parse("2001-02-03T04:05:06Z"));
        Files.setLastModifiedTime(site.source().resolve("input"), longAgo);
        Files.setLastModifiedTime(site.late(), longAgo);
        Files.setLastModifiedTime(site.source(), longAgo);
        run(Sdk.PYTHON, Door.RUN, pipeline());

        assertThat(site.engine().executions(nonce)).isEqualTo(ALL);
    }

    @Test
    void twoSessionsAtOnceExecuteEachStepOnce() throws IOException, InterruptedException {
        Settings settings = site.settings("stepwise", nonce).with("steps", 30);
        Running one = site.start(Sdk.PYTHON, Door.RUN, settings);
        Running two = site.start(Sdk.PYTHON, Door.SESSION, settings);
        Finished first = one.finish().succeeded();
        Finished second = two.finish().succeeded();

        assertThat(second.said("stdout")).isEqualTo(first.said("stdout"));
        assertThat(site.engine().executions(nonce)).hasSize(30).doesNotHaveDuplicates();
    }
}
