package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.buildengine.server.fixture.EngineProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole engine with the usual settings leaves nothing on the host, however it ends. */
class KilledDaemonIT {
    @TempDir
    private Path directory;

    @Test
    void whatAKilledEngineLeftGoesWithTheNext() throws Exception {
        var names = new BridgeNames(directory.resolve("root"));
        EngineProcess killed = EngineProcess.start(directory, List.of());
        assertThat(bridges(names)).hasSize(1);
        int old = bridges(names).getFirst().index();

        killed.kill();
        assertThat(bridges(names)).hasSize(1);
        try (EngineProcess next = EngineProcess.start(directory, List.of())) {
            assertThat(next.log()).contains("network: bridge " + names.bridge());
            assertThat(bridges(names)).hasSize(1).noneMatch(link -> link.index() == old);
            assertThat(FilterTables.chains())
                    .filteredOn(chain -> chain.startsWith(names.table()))
                    .hasSize(2);
        }

        assertThat(bridges(names)).isEmpty();
        assertThat(FilterTables.chains()).noneMatch(chain -> chain.startsWith(names.table()));
    }

    private static List<Links.Link> bridges(BridgeNames names) throws IOException {
        try (Links links = Links.open()) {
            return links.list().stream()
                    .filter(link -> link.name().equals(names.bridge()))
                    .toList();
        }
    }
}
