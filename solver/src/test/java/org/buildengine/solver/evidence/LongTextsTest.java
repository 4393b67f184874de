package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;
import static org.buildengine.solver.evidence.EvidenceSite.merge;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Of steps whose texts are longer than a row takes there is evidence too: the texts are abbreviated. */
class LongTextsTest {
    private static final String LONG = "v".repeat(70_000);

    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @Test
    void commandWithMoreVariablesThanTwoBytesCountIsExplained() throws Exception {
        List<String> env =
                IntStream.range(0, 70_000).mapToObj(i -> "V" + i + "=1").toList();
        Vertex app = site.upload("app", "f", "1");
        site.build("one", command(env, "make", app));
        Vertex make = command(Stream.concat(env.stream(), Stream.of("LAST=1")).toList(), "make", app);
        site.build("two", make);
        assertThat(site.reasons("two", make))
                .extracting(reason -> ((Reason.OperationChanged) reason).name())
                .containsExactly("LAST");
    }

    @Test
    void inputWithALongDescriptionIsNamedInShort() throws Exception {
        Vertex app = site.upload("app", "f", "1");
        Vertex old = command("make " + LONG, app);
        site.build("one", merge(app, command("other", app)), old);
        Vertex more = merge(app, command("other", app), old);
        site.build("two", more);
        assertThat(site.reasons("two", more))
                .singleElement()
                .satisfies(reason -> assertThat(((Reason.InputChanged) reason).input())
                        .startsWith("exec make vvv")
                        .hasSizeLessThan(200));
    }

    @Test
    void variablesWithLongNamesAreToldApart() throws Exception {
        Vertex app = site.upload("app", "f", "1");
        site.build("one", command(List.of(LONG + "A=1"), "make", app));
        Vertex make = command(List.of(LONG + "B=1"), "make", app);
        site.build("two", make);
        assertThat(site.reasons("two", make))
                .extracting(reason -> ((Reason.OperationChanged) reason).name())
                .hasSize(2)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.startsWith("vvv") && name.length() <= 1000);
    }
}
