package org.buildengine.solver.evidence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class MakerTest {
    @Test
    void rowHasBuildAndRun() {
        var maker = new Maker("7c1d", Optional.of(new RunNumber(1L << 40, 70_000)));
        assertThat(Maker.decode(maker.encode())).isEqualTo(maker);
    }

    @Test
    void rowOfAnOlderEngineHasTheBuildOnly() {
        byte[] older = "7c1d".getBytes(UTF_8);
        assertThat(Maker.decode(older)).isEqualTo(new Maker("7c1d", Optional.empty()));
        assertThat(Maker.decode(older).encode()).isEqualTo(older);
        assertThat(Maker.decode(new byte[0])).isEqualTo(Maker.UNKNOWN);
    }
}
