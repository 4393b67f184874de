package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.util.List;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Of steps whose texts are longer than a row takes there is evidence too: the texts are abbreviated. */
class LongTextsTest {
    private static final String LONG = "v".repeat(70_000);

    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

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
