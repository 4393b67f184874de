package org.buildengine.client.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.buildengine.client.progress.OutputLines.Line;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputLinesTest {
    private static final String ESC = "\u001b";

    @ParameterizedTest
    @ValueSource(
            strings = {
                ESC + "[2J", // clears the screen
                ESC + "[10;10H", // moves the cursor
                ESC + "[?25l", // hides the cursor
                ESC + "[?1049h", // the alternate screen
                ESC + "[6n", // asks where the cursor is
                ESC + "[>4;2m", // not a colour, though it ends like one
                ESC + "]0;title\u0007",
                ESC + "]0;title" + ESC + "\\",
                ESC + "]52;c;aGk=\u0007", // writes to the clipboard
                ESC + "P1;2|data" + ESC + "\\",
                ESC + "_x" + ESC + "\\",
                ESC + "c", // resets the terminal
                ESC + "(0", // another character set
                "\u009b2J", // eight bits
                "\u009d0;title\u009c",
                "\u0008\u0008",
                "\u000e",
                "\u007f",
                "\u202e" // writes from right to left
            })
    void whatIsNoColourGoes(String sequence) {
        assertThat(lines("a" + sequence + "b\n")).containsExactly(new Line("ab", false));
        assertThat(byCharacter("a" + sequence + "b\n")).containsExactly(new Line("ab", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {ESC + "[1;31m", ESC + "[m", ESC + "[38;2;1;2;3m", ESC + "[38:5:1m"})
    void coloursStayAlsoInPieces(String colour) {
        assertThat(byCharacter("a" + colour + "b\n")).containsExactly(new Line("a" + colour + "b", false));
        assertThat(OutputLines.colourless("a" + colour + "b")).isEqualTo("ab");
    }

    @Test
    void aStringThatNeverEndsTakesOnlyItsLine() {
        assertThat(lines("a" + ESC + "]0;title\nb\n")).containsExactly(new Line("a", false), new Line("b", false));
    }

    @Test
    void anEightBitColourIsNotTakenForText() {
        assertThat(lines("a\u009b31mb\n")).containsExactly(new Line("a" + ESC + "[31mb", false));
    }

    @Test
    void aCarriageReturnLetsTheNextLineTakeThePlaceOfThis() {
        assertThat(lines("10%\r20%\r\ndone\r\n"))
                .containsExactly(new Line("10%", true), new Line("20%", false), new Line("done", false));
    }

    @Test
    void aLongLineIsCutBetweenCharacters() {
        String wide = "\ud83d\ude00"; // two chars, one character
        List<Line> lines = lines("x" + wide.repeat(5000) + "\n");
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst().text())
                .hasSizeLessThanOrEqualTo(8 * 1024 + 1)
                .endsWith(wide);
        assertThat(lines.getLast().text()).startsWith(wide);
    }

    @Test
    void plainIsOneLineWithoutColours() {
        assertThat(OutputLines.plain("a" + ESC + "[31m\nb" + ESC + "[2Jc\td")).isEqualTo("a; bc\td");
    }

    private static List<Line> lines(String text) {
        return new OutputLines().append(text);
    }

    private static List<Line> byCharacter(String text) {
        OutputLines output = new OutputLines();
        List<Line> lines = new ArrayList<>();
        text.chars().forEach(c -> lines.addAll(output.append(Character.toString(c))));
        return lines;
    }
}
