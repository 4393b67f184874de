package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of steps whose texts are longer than a row takes there is evidence too: the texts are abbreviated. */
class LongTextsTest {
    private static final String LONG = "v".repeat(70_000);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path root;

    @SuppressWarnings("NullAway.Init") // set before each test
    private EvidenceSite site;

    @BeforeEach
    void open() throws IOException {
        site = new EvidenceSite(root, 100);
    }

    @AfterEach
    void close() {
        site.close();
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
