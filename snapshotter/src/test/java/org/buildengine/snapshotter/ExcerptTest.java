package org.buildengine.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {
    private static final String FACES = "😀😀😀";

    @Test
    void abbreviatedTextHasItsLengthAndNoHalfCharacter() {
        assertThat(Excerpt.abbreviated("abcd", 4)).isEqualTo("abcd");
        assertThat(Excerpt.abbreviated("abcde", 4)).isEqualTo("abc…");
        assertThat(Excerpt.abbreviated(FACES, 6)).isEqualTo(FACES);
        assertThat(Excerpt.abbreviated(FACES, 5)).isEqualTo("😀😀…");
        assertThat(Excerpt.abbreviated(FACES, 4)).isEqualTo("😀 …");
    }

    @Test
    void beginningLeavesACharacterOutThatDoesNotFit() {
        assertThat(Excerpt.beginning(FACES, 6)).isEqualTo(FACES);
        assertThat(Excerpt.beginning(FACES, 4)).isEqualTo("😀😀");
        assertThat(Excerpt.beginning(FACES, 3)).isEqualTo("😀");
    }

    @Test
    void partHasTheWholeOfTheCharactersAtItsEnds() {
        assertThat(Excerpt.between("abcd", 1, 3)).isEqualTo("bc");
        assertThat(Excerpt.between(FACES, 1, 3)).isEqualTo("😀😀");
        assertThat(Excerpt.between(FACES, 2, 4)).isEqualTo("😀");
    }

    @Test
    void descriptionOfAResultIsCutBetweenCharacters() {
        String cut = new Origin(RecordType.REGULAR, "x" + "😀".repeat(300)).description();
        assertThat(cut).hasSize(Origin.LONGEST).isEqualTo("x" + "😀".repeat(249) + "…");
        assertThat(new Origin(RecordType.REGULAR, "😀".repeat(300)).description())
                .isEqualTo("😀".repeat(249) + " …");
    }
}
