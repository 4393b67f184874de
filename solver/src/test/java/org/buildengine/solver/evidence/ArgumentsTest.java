package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How arguments are told that were inserted, removed, or changed far behind their beginning. */
class ArgumentsTest {
    /** More characters than are shown of an argument. */
    private static final String LONG =
            "set -e; cd /src; export A=1 B=2 C=3 D=4; echo this goes on for quite some time; :; ";

    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Vertex image;

    @BeforeEach
    void upload() throws IOException {
        image = site.upload("image", "bin", "sh");
    }

    private Vertex command(String... arguments) {
        return new Vertex(ExecOps.of(List.of(arguments), List.of(), List.of()), List.of(image.output(0)));
    }

    private static Reason changed(String name, String before, String after) {
        return new Reason.OperationChanged(Field.Group.ARGUMENT, name, before, after);
    }

    private static String digest(String value) {
        return "sha256 " + Digest.of(value).hex().substring(0, 12);
    }

    private List<Reason> reasons(Vertex before, Vertex after) throws Exception {
        site.build("one", before);
        site.build("two", after);
        return site.reasons("two", after);
    }

    @Test
    void argumentThatIsInsertedIsToldAlone() throws Exception {
        assertThat(reasons(command("npm", "ci"), command("npm", "--quiet", "ci")))
                .containsExactly(changed("argument 1", "", "--quiet"));
    }

    @Test
    void argumentThatIsRemovedIsToldAlone() throws Exception {
        assertThat(reasons(command("npm", "--quiet", "run", "ci"), command("npm", "run", "ci")))
                .containsExactly(changed("argument 1", "--quiet", ""));
    }

    @Test
    void argumentsThatChangedBesideOneThatIsInsertedAreSetBesideTheirLike() throws Exception {
        assertThat(reasons(command("go", "build", "-o", "x"), command("go", "--verbose", "builder", "-o", "x")))
                .containsExactly(changed("argument 1", "", "--verbose"), changed("argument 2", "build", "builder"));
    }

    @Test
    void argumentsBeyondThoseThatAreToldOneByOneAreNotTakenForOneOfThem() throws Exception {
        var many = new ArrayList<>(List.of("make"));
        for (int i = 0; i < 20; i++) {
            many.add("target" + i);
        }
        var more = new ArrayList<>(many);
        more.add(1, "-j");
        List<Reason> reasons = reasons(command(many.toArray(String[]::new)), command(more.toArray(String[]::new)));
        assertThat(reasons)
                .extracting(reason -> ((Reason.OperationChanged) reason).name())
                .containsExactly("argument 1", "argument 15", "arguments from 16");
    }

    @Test
    void siblingWithoutTheInsertedArgumentIsThePredecessor() throws Exception {
        site.build("one", command("npm", "ci"), command("npm", "test"));
        Vertex quiet = command("npm", "--quiet", "ci");
        site.build("two", quiet);
        assertThat(site.reasons("two", quiet)).containsExactly(changed("argument 1", "", "--quiet"));
    }

    @Test
    void longScriptSaysUpToWhereItIsTheSame() throws Exception {
        String before = LONG + "x".repeat(300) + "make one; " + "y".repeat(100);
        String after = LONG + "x".repeat(300) + "make two three; " + "y".repeat(100);
        String shown = LONG.substring(0, 79) + "…";
        List<Reason> reasons = reasons(command("sh", "-c", before), command("sh", "-c", after));
        assertThat(reasons)
                .containsExactly(changed(
                        "argument 2",
                        shown + " (" + digest(before) + ", " + before.length() + " characters)",
                        shown + " (" + digest(after) + ", " + after.length()
                                + " characters; the first that differs is between 383 and 477, \""
                                + after.substring(382, 477) + "\" now; the same in the last 85 at least)"));
        site.restart();
        assertThat(site.reasons("two", command("sh", "-c", after))).isEqualTo(reasons);
    }

    @Test
    void scriptsWithTheSameBeginningAreNotMixedUp() throws Exception {
        String one = LONG + "a1 ".repeat(200);
        String other = LONG + "b1 ".repeat(200);
        site.build("one", command("sh", "-c", one), command("sh", "-c", other));
        Vertex changed = command("sh", "-c", one + "and more");
        site.build("two", changed);
        assertThat(site.reasons("two", changed))
                .singleElement()
                .satisfies(reason ->
                        assertThat(((Reason.OperationChanged) reason).before()).contains(digest(one)));
    }

    @Test
    void scriptOfWhichOnlyTheBeginningIsTheSameWasNeverSeen() throws Exception {
        assertThat(reasons(
                        command("sh", "-c", LONG + "a1 ".repeat(200)), command("sh", "-c", LONG + "b1 ".repeat(200))))
                .containsExactly(new Reason.NeverSeen());
    }

    @Test
    void marksAreFewAndNeverSayMoreThanIsTrue() {
        String text = "0123456789".repeat(12_000);
        TextMarks whole = TextMarks.of(text);
        for (int at : new int[] {0, 79, 80, 81, 500, 60_000, 119_990, 119_999}) {
            TextMarks.Common common = whole.with(TextMarks.of(text.substring(0, at) + "#" + text.substring(at + 1)));
            assertThat(common.first()).isBetween(Math.min(80_000, (int) (at / 1.3) - 80), at);
            assertThat(common.until()).isGreaterThan(at);
            assertThat(common.last()).isBetween(0, text.length() - 1 - at);
        }
        assertThat(whole.with(TextMarks.of(text.substring(0, 200))).last()).isLessThanOrEqualTo(120);
        assertThat(whole.beginnings().size() + whole.ends().size()).isLessThanOrEqualTo(64);
        assertThat(TextMarks.of("x".repeat(300)).beginnings()).hasSize(6);
    }
}
