package org.buildengine.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BeginningTest {
    private static final String FACES = "😀😀😀";

    @Test
    void characterThatDoesNotFitIsLeftOut() {
        assertThat(Beginning.of(FACES, 6)).isEqualTo(FACES);
        assertThat(Beginning.of(FACES, 4)).isEqualTo("😀😀");
        assertThat(Beginning.of(FACES, 3)).isEqualTo("😀");
    }

    @Test
    void abbreviatedTextIsNoLongerThanItMayBe() {
        assertThat(Beginning.abbreviated("abcd", 4)).isEqualTo("abcd");
        assertThat(Beginning.abbreviated("abcde", 4)).isEqualTo("abc…");
        assertThat(Beginning.abbreviated(FACES, 5)).isEqualTo("😀😀…");
        assertThat(Beginning.abbreviated(FACES, 4)).isEqualTo("😀…");
    }
}
