package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentSizeTest {
    private static final int LIMIT = 131_072;

    @Test
    void theLargestVariableThatTheKernelPassesIsTaken() {
        String variable = "A=" + "x".repeat(LIMIT - 3);

        assertThatCode(() -> ArgumentSize.check(List.of("true"), List.of(variable)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> ArgumentSize.check(List.of("true"), List.of(variable + "x")))
                .hasMessage("the environment variable A has 131072 bytes, and the kernel passes less than 131072 to a"
                        + " command; put the text into a file (withNewFile, withMountedSecret) and name that");
    }

    @Test
    void bytesCountAndNotCharacters() {
        assertThatThrownBy(() -> ArgumentSize.check(List.of("echo", "\u20ac".repeat(LIMIT / 3 + 1)), List.of()))
                .hasMessageStartingWith("argument 1 of echo has 131073 bytes, ");
        assertThatThrownBy(() -> ArgumentSize.check(List.of("x".repeat(LIMIT)), List.of()))
                .hasMessageStartingWith("the command's name has 131072 bytes, ");
    }
}
