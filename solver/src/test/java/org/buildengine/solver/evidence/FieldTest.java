package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Field.Group;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class FieldTest {
    @Test
    void nothingIsToldFromWhatMayNotBeShown() {
        Field empty = Field.open(Group.SETTING, "user", "");
        Field root = Field.open(Group.SETTING, "user", "root");
        Field secret = Field.closed(Group.ENVIRONMENT, "TOKEN", Digest.of("root"));
        assertThat(empty.against(root)).isEqualTo("empty");
        assertThat(root.against(empty)).isEqualTo("root");
        assertThat(secret.toText())
                .isEqualTo("sha256 " + Digest.of("root").hex().substring(0, 12));
        assertThat(Field.closed(Group.ENVIRONMENT, "TOKEN", Digest.of("")).toText())
                .isEqualTo("empty");
    }

    @Test
    void longValuesThatBeginAlikeAreToldApart() {
        Field one = Field.open(Group.ARGUMENT, "argument 2", "x".repeat(100) + "1");
        Field two = Field.open(Group.ARGUMENT, "argument 2", "x".repeat(100) + "2");
        assertThat(one.against(two)).startsWith("x".repeat(79) + "… (sha256 ").isNotEqualTo(two.against(one));
    }

    /** Whether marks follow a value on the disk is told by its length. */
    @Test
    void valueThatIsCutBetweenCharactersKeepsItsMarks() throws IOException {
        for (String text : List.of("😀".repeat(60), "x" + "😀".repeat(60))) {
            Field cut = Field.open(Group.ARGUMENT, "argument 2", text);
            assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(cut.shown()))
                    .isTrue();
            Vertex step = EvidenceSite.command(text);
            StepRecord written = StepRecord.of(step, "one", Instant.ofEpochSecond(5));
            StepRecord read = StepRecord.decode(step.recipe(), written.encode());
            assertThat(read.encode()).isEqualTo(written.encode());
            assertThat(read.fields())
                    .filteredOn(field -> field.shown().equals(cut.shown()))
                    .singleElement()
                    .satisfies(field -> assertThat(field.marks()).isPresent());
        }
    }

    /** As engines wrote values before that were cut in the middle of a character, which has become a question mark. */
    @Test
    void valueThatWasCutWithinACharacterIsStillAbbreviated() {
        Field cut = Field.open(Group.ARGUMENT, "argument 2", "😀".repeat(60));
        var stored = new Field(cut.group(), cut.name(), "😀".repeat(39) + "?…", cut.print(), cut.marks());
        assertThat(stored.seemsAbbreviated()).isTrue();
        assertThat(cut.seemsAbbreviated()).isTrue();
    }

    @Test
    void whatIsThereNowIsToldInWholeCharacters() {
        String before = "x".repeat(100) + "😀".repeat(30);
        String after = "x".repeat(100) + "😁".repeat(30);
        String difference = TextMarks.of(after).difference(TextMarks.of(before), 101);
        assertThat(difference).contains("\"");
        assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(difference)).isTrue();
    }
}
