package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
    @ParameterizedTest
    @CsvSource({
        "alpine, docker.io/library/alpine:latest",
        "alpine:3, docker.io/library/alpine:3",
        "a/b, docker.io/a/b:latest",
        "index.docker.io/a, docker.io/library/a:latest",
        "localhost/a, localhost/a:latest",
        "localhost:5000/a/b:c, localhost:5000/a/b:c",
        "ghcr.io/a/b_c__d--e.f:X, ghcr.io/a/b_c__d--e.f:X"
    })
    void namesAreNormalisedAsDockerDoes(String text, String canonical) throws Exception {
        assertThat(ImageReference.parse(text)).hasToString(canonical);
        assertThat(ImageReference.parse(canonical)).hasToString(canonical);
    }

    @Test
    void aDigestLeavesTheTagOut() throws Exception {
        String digest = "sha256:" + "0a".repeat(32);
        assertThat(ImageReference.parse("alpine@" + digest)).hasToString("docker.io/library/alpine@" + digest);
        assertThat(ImageReference.parse("alpine:1@" + digest).selector()).isEqualTo(digest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a/B", "a:", "a@sha256:12", "a//b", "../a", "a b", "x.y/", "a:-b", "http://a/b", "a?x/b"})
    void whatIsNoNameIsRefused(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text))
                .isInstanceOf(ImageReferenceException.class)
                .hasMessageStartingWith("failed to parse image address " + text + ": ");
    }
}
