package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** What is said of a command line that no engine is asked for. */
class ExplainCommandTest {
    @Test
    void listOfAllBuildsTakesNoBuild() {
        var err = new StringWriter();
        int code = Main.commandLine(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err, true))
                .execute("explain", "--list", "7c1d");
        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).startsWith("--list: names all builds, so that \"7c1d\" cannot be chosen with it\n");
    }
}
