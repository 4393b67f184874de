package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** What is said of a command line that no engine is asked for. */
class DuCommandTest {
    @Test
    void ownersAreNotFiltered() {
        var err = new StringWriter();
        int code = Main.commandLine(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err, true))
                .execute("du", "--owners", "--filter", "a==b");
        assertThat(code).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("--filter: chooses among records, so that it cannot be given with --owners\n");
    }
}
