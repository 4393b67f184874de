package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TimeToLiveTest {
    @RegisterExtension
    private final EvidenceSite site = new EvidenceSite();

    @Test
    void whatWorksOnAStepThatMayBeADayOldIsNotRememberedFromAnOlderOne() throws Exception {
        Vertex app = site.upload("app", "main.js", "1");
        Vertex date = command("date", app);
        Vertex test = command("test", date);
        site.build("one", test);
        try (Owner somebody = site.snapshotter.results().owner("somebody")) {
            somebody.hold(made(test).id());
            site.prune("asked for", date);
        }
        site.now = site.now.plus(Duration.ofDays(30));
        String late = site.now.toString();
        site.build("two", date);
        Vertex young = command(Reuse.within(Duration.ofHours(24)), "date", app);
        Vertex testOfYoung = command("test", young);
        site.build("three", testOfYoung);
        assertThat(site.reasons("three", testOfYoung))
                .singleElement()
                .isInstanceOfSatisfying(
                        Reason.PolicyChanged.class,
                        reason -> assertThat(reason.name()).isEqualTo("exec date"));
        assertThat(dateIn(made(testOfYoung))).endsWith(late);
        site.build("four", testOfYoung);
        assertThat(site.evidence("four", testOfYoung).decision()).isInstanceOf(Decision.Remembered.class);
    }

    private StoredResult made(Vertex vertex) {
        return site.snapshotter.results().find(KeyKind.RECIPE, vertex.recipe()).orElseThrow();
    }

    private String dateIn(StoredResult result) throws IOException {
        Tree tree = site.snapshotter.tree(result.outputs().getFirst());
        try (var in = tree.open(tree.find("made by date").orElseThrow())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
