package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Variables and mounts in another order make another operation, and that is told, by explain and by diff. */
class FieldOrderTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Vertex app;

    @BeforeEach
    void open() throws IOException {
        app = site.upload("app", "main.js", "1");
    }

    private Vertex mounted(String... targets) {
        List<ExecMount> mounts = Arrays.stream(targets)
                .<ExecMount>map(target -> new ExecMount.Temp(target, 0))
                .toList();
        return new Vertex(ExecOps.of(List.of("make"), List.of(), mounts), List.of(app.output(0)));
    }

    private void assertTold(Vertex before, Vertex after, Reason... reasons) throws Exception {
        site.build("one", before);
        site.build("two", after);
        assertThat(site.reasons("two", after)).containsExactly(reasons);
        HistoryReader reader = site.history.read();
        assertThat(reader.diff(reader.build("one"), reader.build("two")))
                .hasValueSatisfying(first -> assertThat(first.reasons()).containsExactly(reasons));
    }

    @Test
    void variablesInAnotherOrderAreNamed() throws Exception {
        assertTold(
                command(List.of("PATH=/bin", "A=1", "B=2", "C=3", "Z=9"), "make", app),
                command(List.of("PATH=/bin", "C=3", "A=1", "B=2", "Z=9"), "make", app),
                new Reason.OperationChanged(Field.Group.ENVIRONMENT, "order of variables", "A, B, C", "C, A, B"));
    }

    @Test
    void mountsInAnotherOrderAreNamed() throws Exception {
        assertTold(
                mounted("/a", "/b"),
                mounted("/b", "/a"),
                new Reason.OperationChanged(Field.Group.SETTING, "order of mounts", "/a, /b", "/b, /a"));
    }

    @Test
    void variableThatIsGoneDoesNotChangeTheOrderOfTheOthers() throws Exception {
        Vertex fewer = command(List.of("A=1", "C=3"), "make", app);
        site.build("one", command(List.of("A=1", "B=2", "C=3"), "make", app));
        site.build("two", fewer);
        assertThat(site.reasons("two", fewer))
                .extracting(reason -> ((Reason.OperationChanged) reason).name())
                .containsExactly("B");
    }

    @Test
    void secondMountAtOnePlaceIsNamed() throws Exception {
        Vertex twice = mounted("/a", "/a");
        site.build("one", mounted("/a"));
        site.build("two", twice);
        assertThat(site.reasons("two", twice))
                .extracting(reason -> ((Reason.OperationChanged) reason).name())
                .containsExactly("mount at /a (2)");
    }
}
