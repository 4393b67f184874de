package org.buildengine.session.patterns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathPatternsTest {
    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, a/b/c, true",
        "a, ab, false",
        "*.txt, a.txt, true",
        "*.txt, d/a.txt, false",
        "**/*.txt, a.txt, true",
        "**/*.txt, d/e/a.txt, true",
        "**, anything/at/all, true",
        "d/**, d/x, true",
        "d/**, d, false",
        "d/**/x, d/x, true",
        "d/**/x, d/a/b/x, true",
        "d/**/x, d/ax, false",
        "?.c, a.c, true",
        "?.c, ab.c, false",
        "[a-c].c, b.c, true",
        "[^a-c].c, b.c, false",
        "[^a-c].c, d.c, true",
        "a\\*b, a*b, true",
        "a\\*b, axb, false",
        "./a/../b/, b/c, true",
        "/a, a, true",
        "a.b, axb, false",
    })
    void onePattern(String pattern, String path, boolean matches) {
        assertThat(PathPatterns.compile(List.of(pattern), List.of()).includes(path, false))
                .isEqualTo(matches);
        assertThat(PathPatterns.compile(List.of(), List.of(pattern)).includes(path, false))
                .isEqualTo(!matches);
    }

    @Test
    void lastMatchingLineDecides() {
        PathPatterns patterns = PathPatterns.compile(List.of(), List.of("node_modules", "!node_modules/keep", "*.log"));
        assertThat(patterns.includes("node_modules/x", false)).isFalse();
        assertThat(patterns.includes("node_modules/keep/x", false)).isTrue();
        assertThat(patterns.mayIncludeBelow("node_modules")).isTrue();
        assertThat(patterns.mayIncludeBelow("node_modules/other")).isFalse();
    }

    @Test
    void aLineCountsBelowADirectoryOnlyIfItChangedSomethingThere() {
        PathPatterns nothingToTakeBack = PathPatterns.compile(List.of("**/*.txt", "!b"), List.of());
        assertThat(nothingToTakeBack.includes("b", true)).isFalse();
        assertThat(nothingToTakeBack.mayIncludeBelow("b")).isTrue();
        assertThat(nothingToTakeBack.includes("b/3.txt", false)).isTrue();

        PathPatterns takenBack = PathPatterns.compile(List.of("**", "!b"), List.of());
        assertThat(takenBack.includes("b/3.txt", false)).isFalse();
        assertThat(takenBack.includes("c/3.txt", false)).isTrue();

        PathPatterns onlyOne = PathPatterns.compile(List.of(), List.of("**", "!a/1.txt"));
        assertThat(onlyOne.includes("a/1.txt", false)).isTrue();
        assertThat(onlyOne.includes("a/2.txt", false)).isFalse();
        assertThat(onlyOne.mayIncludeBelow("a")).isTrue();
        assertThat(onlyOne.mayIncludeBelow("b")).isFalse();
    }

    @Test
    void directoriesWithoutAChanceAreNotWalked() {
        PathPatterns include = PathPatterns.compile(List.of("src/*/main/**/*.java", "docs"), List.of("src/gen"));
        assertThat(include.mayIncludeBelow("src")).isTrue();
        assertThat(include.mayIncludeBelow("src/a/main")).isTrue();
        assertThat(include.mayIncludeBelow("src/a/main/deep/er")).isTrue();
        assertThat(include.mayIncludeBelow("src/a/test")).isFalse();
        assertThat(include.mayIncludeBelow("src/gen")).isFalse();
        assertThat(include.mayIncludeBelow("docs/x")).isTrue();
        assertThat(include.mayIncludeBelow("other")).isFalse();
    }

    @Test
    void brokenPatternsAreNamed() {
        assertThatThrownBy(() -> PathPatterns.compile(List.of("a["), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a[");
        assertThatThrownBy(() -> PathPatterns.compile(List.of(), List.of("!"))).hasMessageContaining("\"!\"");
    }

    @Test
    void gitRules() {
        GitIgnore root =
                GitIgnore.NONE.with("", List.of("# c", "*.o", "!keep.o", "/only", "build/", "a/b", "d/**", " "));
        assertThat(root.ignores("x/y.o", false)).isTrue();
        assertThat(root.ignores("x/keep.o", false)).isFalse();
        assertThat(root.ignores("only", false)).isTrue();
        assertThat(root.ignores("x/only", false)).isFalse();
        assertThat(root.ignores("x/build", true)).isTrue();
        assertThat(root.ignores("x/build", false)).isFalse();
        assertThat(root.ignores("a/b", false)).isTrue();
        assertThat(root.ignores("x/a/b", false)).isFalse();
        assertThat(root.ignores("d", true)).isFalse();
        assertThat(root.ignores("d/e", false)).isTrue();
        assertThat(root.ignoresWithParents("x/build/deep/file", false)).isTrue();
        GitIgnore below = root.with("sub", List.of("!y.o", "[!a]z"));
        assertThat(below.ignores("sub/y.o", false)).isFalse();
        assertThat(below.ignores("y.o", false)).isTrue();
        assertThat(below.ignores("sub/bz", false)).isTrue();
        assertThat(below.ignores("sub/az", false)).isFalse();
    }
}
