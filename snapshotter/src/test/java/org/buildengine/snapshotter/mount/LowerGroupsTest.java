package org.buildengine.snapshotter.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.buildengine.snapshotter.LayerId;
import org.junit.jupiter.api.Test;

class LowerGroupsTest {
    private static List<LayerId> layers(int count) {
        return IntStream.range(0, count).mapToObj(i -> new LayerId("l" + i)).toList();
    }

    private static List<Integer> lengths(List<List<LayerId>> groups) {
        return groups.stream().map(List::size).toList();
    }

    private static List<List<LayerId>> groups(int count) throws IOException {
        return LowerGroups.of(layers(count), 100, _ -> 1000);
    }

    @Test
    void fewLayersStayAlone() throws IOException {
        assertThat(groups(100)).hasSize(100);
    }

    @Test
    void twoThousandLayersAreFewGroupsInTheirOrder() throws IOException {
        List<List<LayerId>> groups = groups(2003);

        assertThat(lengths(groups)).containsExactly(1024, 512, 256, 128, 64, 16, 1, 1, 1);
        assertThat(groups.stream().flatMap(List::stream)).containsExactlyElementsOf(layers(2003));
    }

    @Test
    void growingListWritesALayerAgainOnlyWhenItDoubles() throws IOException {
        Set<List<LayerId>> written = new HashSet<>();
        for (int count = 101; count <= 2000; count++) {
            written.addAll(groups(count));
        }

        long copies = written.stream()
                .filter(group -> group.size() > 1)
                .mapToLong(List::size)
                .sum();
        assertThat(copies).isLessThan(2000 * 8);
    }

    @Test
    void largeLayersAreNeverWrittenAgainAndGroupsStaySmall() throws IOException {
        long megabyte = 1 << 20;
        List<List<LayerId>> groups =
                LowerGroups.of(layers(256), 100, layer -> layer.value().equals("l40") ? 1000 * megabyte : 2 * megabyte);

        assertThat(groups).contains(List.of(new LayerId("l40")));
        var together = new ArrayList<>(groups);
        together.removeIf(group -> group.size() <= 32);
        assertThat(together).isEmpty();
    }
}
