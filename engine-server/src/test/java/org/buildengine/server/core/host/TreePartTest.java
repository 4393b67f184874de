package org.buildengine.server.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TreePartTest {
    @Test
    void theTopItselfChangesNothing() {
        var part = TreePart.of("/repo", "/repo");

        assertThat(part.include(List.of())).isEmpty();
        assertThat(part.include(List.of("*.c"))).containsExactly("*.c");
        assertThat(part.exclude(List.of("!x", "y"))).containsExactly("!x", "y");
        assertThat(part.inside("a/b")).contains("a/b");
    }

    @Test
    void patternsOfADirectoryBecomePatternsOfTheTree() {
        var part = TreePart.of("/repo", "/repo/a/b");

        assertThat(part.include(List.of())).containsExactly("a/b");
        assertThat(part.include(List.of("**/*.c", "!gen"))).containsExactly("a/b/**/*.c", "!a/b/gen");
        assertThat(part.exclude(List.of())).isEmpty();
        assertThat(part.inside("a/b/c")).contains("c");
        assertThat(part.inside("a/b")).isEmpty();
        assertThat(part.inside("a/bc/d")).isEmpty();
    }

    @Test
    void aDirectoryBelowTheRootOfTheFileSystemIsAPartOfIt() {
        assertThat(TreePart.of("/", "/a").inside("a/x")).contains("x");
    }

    @Test
    void namesThatLookLikePatternsMeanThemselves() {
        assertThat(TreePart.of("/", "/a*[1]").include(List.of("?"))).containsExactly("a\\*\\[1\\]/?");
    }

    @Test
    void patternsThatLeadOutOfTheDirectoryMeanNothing() {
        var part = TreePart.of("/repo", "/repo/a");

        assertThat(part.exclude(List.of("../x", "!../y", "b/../../z", "b/../c")))
                .containsExactly("a/b/../c");
        assertThat(part.include(List.of("../x"))).containsExactly("a");
    }
}
