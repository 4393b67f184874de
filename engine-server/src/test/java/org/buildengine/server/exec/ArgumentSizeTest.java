package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentSizeTest {
    private static final int LIMIT = 131_072;
    private static final ArgumentSize SIZE = ArgumentSize.forStack(8 << 20);

    @Test
    void theLargestVariableThatTheKernelPassesIsTaken() {
        String variable = "A=" + "x".repeat(LIMIT - 3);

        assertThatCode(() -> SIZE.check(List.of("true"), List.of(variable))).doesNotThrowAnyException();
        assertThatThrownBy(() -> SIZE.check(List.of("true"), List.of(variable + "x")))
                .hasMessage("the environment variable A has 131072 bytes, and the kernel passes less than 131072 to a"
                        + " command; put the text into a file (withNewFile, withMountedSecret) and name that");
    }

    @Test
    void bytesCountAndNotCharacters() {
        assertThatThrownBy(() -> SIZE.check(List.of("echo", "\u20ac".repeat(LIMIT / 3 + 1)), List.of()))
                .hasMessageStartingWith("argument 1 of echo has 131073 bytes, ");
        assertThatThrownBy(() -> SIZE.check(List.of("x".repeat(LIMIT)), List.of()))
                .hasMessageStartingWith("the command's name has 131072 bytes, ");
    }

    @Test
    void allTogetherMayTakeAQuarterOfTheStackButForWhatStartsThem() {
        int total = (2 << 20) - 8192;
        String variable = "A=" + "x".repeat(LIMIT - 3);
        // each has a zero at its end and a pointer to it
        int rest = total - 15 * (LIMIT + 8) - ("true".length() + 9);
        var env = new ArrayList<>(Collections.nCopies(15, variable));
        env.add("B=" + "x".repeat(rest - 11));

        assertThatCode(() -> SIZE.check(List.of("true"), env)).doesNotThrowAnyException();
        assertThatThrownBy(() -> SIZE.check(List.of("truth"), env))
                .hasMessage("the arguments and environment variables of truth have " + (total + 1)
                        + " bytes together, and the kernel passes no more than " + total
                        + " to a command; put some into files (withNewFile, withMountedSecret) and name those");
    }

    @Test
    void noStackIsTooSmallOrTooLargeForALimit() {
        assertThat(ArgumentSize.forStack(4096).total()).isEqualTo(LIMIT - 8192);
        assertThat(ArgumentSize.forStack(Long.MAX_VALUE).total()).isEqualTo((6 << 20) - 8192);
    }
}
