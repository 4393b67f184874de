package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where two builds part that asked for the same steps. */
class DifferenceOfBuildsTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    private Optional<Divergence> diff(String before, String after) throws IOException {
        HistoryReader reader = site.history.read();
        return reader.diff(reader.build(before), reader.build(after));
    }

    private void assertOtherPolicy(Reuse one, Reuse other, String before, String after) throws Exception {
        Vertex app = site.upload("app", "f", "1");
        Vertex first = command(one, "make", command("prepare", app));
        Vertex second = command(other, "make", command("prepare", app));
        site.build("one", first);
        site.build("two", command("test", second));
        site.restart();
        assertThat(diff("one", "two"))
                .contains(new Divergence(
                        site.evidence("one", first).number(),
                        site.evidence("two", second).number(),
                        "exec make",
                        List.of(new Reason.OperationChanged(Field.Group.SETTING, "cache policy", before, after))));
    }

    @Test
    void stepThatMayUseNoEarlierResultAnyMoreIsNamedWithItsPolicies() throws Exception {
        assertOtherPolicy(Reuse.ANY, Reuse.FRESH, "Default", "Never");
    }

    @Test
    void stepOfEachSessionIsNamedWithItsPolicies() throws Exception {
        assertOtherPolicy(Reuse.PER_SESSION, Reuse.ANY, "PerSession", "Default");
    }

    @Test
    void stepWhoseResultsLastLongerIsNamedWithItsPolicies() throws Exception {
        assertOtherPolicy(
                Reuse.within(Duration.ofMinutes(90)),
                Reuse.within(Duration.ofHours(24)),
                "Default with timeToLive 1h30m",
                "Default with timeToLive 24h");
    }

    @Test
    void stepThatRanInOneAndWasRememberedInTheOtherUnderTheSamePolicyIsNoDifference() throws Exception {
        Vertex make = command(Reuse.within(Duration.ofHours(1)), "make", site.upload("app", "f", "1"));
        site.build("one", make);
        site.build("two", make);
        assertThat(diff("one", "two")).isEmpty();
    }
}
