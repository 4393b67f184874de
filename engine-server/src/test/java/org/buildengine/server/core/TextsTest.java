package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The small languages of arguments: paths, variables, durations, patterns, lines. */
class TextsTest {
    @Test
    void pathsNeverLeaveTheRoot() {
        assertThat(TreePaths.clean("../../a/./b//../c/")).isEqualTo("a/c");
        assertThat(TreePaths.clean("/..")).isEmpty();
        assertThat(TreePaths.below("d", "../x")).isEqualTo("d/x");
        assertThat(TreePaths.absolute("/w", "a/../b")).isEqualTo("/w/b");
        assertThat(TreePaths.absolute("/w", "/b")).isEqualTo("/b");
        assertThat(TreePaths.contains("/a", "/ab")).isFalse();
        assertThat(TreePaths.contains("/a", "/a/b")).isTrue();
    }

    @Test
    void variablesAreNamesAndNothingElse() throws Exception {
        var expansion = new VariableExpansion(Map.of("P", "1"), Set.of());

        assertThat(expansion.expand("$P-${P}-$$-\\$P-${P:-d}-${Z:-d}")).isEqualTo("1-1--\\1--");
        assertThat(expansion.expand("a$")).isEqualTo("a$");
        assertThat(expansion.expand("$/x ${} ${P")).isEqualTo("$/x  P");
    }

    @Test
    void aSecretCannotBeExpanded() {
        var expansion = new VariableExpansion(Map.of(), Set.of("TOK"));

        assertThatThrownBy(() -> expansion.expand("x${TOK}"))
                .hasMessage("expand cannot be used with secret env variable \"TOK\"");
    }

    @Test
    void durationsAreReadAndPrinted() throws Exception {
        assertThat(GoDuration.parse("1h15m30.918s")).isEqualTo(Duration.ofMillis(4_530_918));
        assertThat(GoDuration.parse("1.5m")).isEqualTo(Duration.ofSeconds(90));
        assertThat(GoDuration.print(Duration.ofSeconds(30))).isEqualTo("30s");
        assertThat(GoDuration.print(Duration.ofMinutes(1))).isEqualTo("1m0s");
        assertThat(GoDuration.print(Duration.ofHours(2))).isEqualTo("2h0m0s");
        assertThat(GoDuration.print(Duration.ofMillis(1500))).isEqualTo("1.5s");
        assertThat(GoDuration.print(Duration.ofNanos(1_500_000))).isEqualTo("1.5ms");
        assertThat(GoDuration.print(Duration.ZERO)).isEqualTo("0s");
        assertThatThrownBy(() -> GoDuration.parse("3 apples")).hasMessageContaining("3 apples");
        assertThatThrownBy(() -> GoDuration.parse("")).isInstanceOf(ApiException.class);
    }

    @Test
    void patternsOfPaths() throws Exception {
        assertThat(GlobPattern.of("**/*.go").matches("a/b.go")).isTrue();
        assertThat(GlobPattern.of("**/*.go").matches("b.go")).isTrue();
        assertThat(GlobPattern.of("x/**").matches("x")).isFalse();
        assertThat(GlobPattern.of("[^a].go").matches("b.go")).isTrue();
        assertThat(GlobPattern.of("[^a].go").matches("a.go")).isFalse();
        assertThat(GlobPattern.of("a[./]b").matches("a/b")).isFalse();
        assertThat(GlobPattern.of("\\*").matches("x")).isFalse();
        assertThat(GlobPattern.of("\\*x").matches("*x")).isTrue();
        assertThat(GlobPattern.of("a/**/b.go").matches("a/b.go")).isTrue();
        assertThat(GlobPattern.of("a/**/b.go").matches("a/c/b.go")).isTrue();
        assertThat(GlobPattern.of("a/**/b.go").matches("a/cb.go")).isFalse();
        assertThat(GlobPattern.of("a*b").matches("ab")).isTrue();
        assertThat(GlobPattern.of("ab*b").matches("ab")).isFalse();
        assertThat(GlobPattern.of("a[b]").matches("ab")).isTrue();
        assertThat(GlobPattern.of("/a/b/").matches("a/b")).isTrue();
        assertThatThrownBy(() -> GlobPattern.of("[a")).hasMessage("syntax error in pattern \"[a\"");
    }

    @Test
    void linesOfAText() {
        assertThat(FileFields.lines("a\nb\nc", 1, 1)).isEqualTo("b\n");
        assertThat(FileFields.lines("a\nb\nc", 2, 5)).isEqualTo("c");
        assertThat(FileFields.lines("a\nb\nc", 9, -1)).isEmpty();
        assertThat(FileFields.lines("a", 0, 0)).isEmpty();
    }

    @Test
    void whatACStringCannotHoldIsRefused() throws Exception {
        CText.checkVariable("with space");
        assertThatThrownBy(() -> CText.checkVariable(""))
                .hasMessage("the name of an environment variable cannot be empty");
        assertThatThrownBy(() -> CText.checkVariable("A=B"))
                .hasMessage("the name of an environment variable cannot hold an equals sign: A=B");
        assertThatThrownBy(() -> CText.checkVariable("A\0"))
                .hasMessage("the name of an environment variable cannot hold a NUL character: A\\0");
        assertThatThrownBy(() -> TreePaths.checkNames("a/b\0c"))
                .hasMessage("a file name cannot hold a NUL character: a/b\\0c");
    }
}
