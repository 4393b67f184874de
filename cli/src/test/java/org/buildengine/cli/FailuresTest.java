package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FailuresTest {
    @Test
    void eachCauseThatSaysSomethingNewIsNamedOnce() {
        var failure = new CompletionException(
                new IOException("no session: refused", new IllegalStateException("token", new IOException("refused"))));

        assertThat(Failures.describe(failure)).isEqualTo("no session: refused: token");
    }

    @Test
    void whatOthersWroteDoesNothingToTheTerminal() {
        var failure = new IOException("500: \u001b]0;pwned\u0007title \u009b31mred\nsecond\u0008 line\u202e");

        assertThat(Failures.describe(failure)).isEqualTo("500: title red\nsecond line");
    }
}
