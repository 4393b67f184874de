package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
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
}
