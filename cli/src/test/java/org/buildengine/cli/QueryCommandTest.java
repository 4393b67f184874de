package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a command line that no session is opened for. */
class QueryCommandTest {
    private final StringWriter err = new StringWriter();

    private int query(String... arguments) {
        return Main.commandLine(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void documentThatIsNotAFileIsNamed(@TempDir Path directory) {
        assertThat(query("query", "--doc", directory.toString())).isEqualTo(1);
        assertThat(err).hasToString("engine: " + directory + " is a directory, and no document\n");
    }

    @Test
    void documentThatDoesNotExistIsNamed(@TempDir Path directory) {
        Path file = directory.resolve("query.graphql");
        assertThat(query("query", "--doc", file.toString())).isEqualTo(1);
        assertThat(err).hasToString("engine: " + file + ": no such file or directory\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "", "nothing"})
    void variablesThatAreNoObjectAreAWrongCommandLine(String json) {
        assertThat(query("query", "--doc", "/dev/null", "--var-json", json)).isEqualTo(2);
        assertThat(err.toString()).startsWith("--var-json: not a JSON object: " + json + "\n");
    }
}
