package org.buildengine.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.buildengine.server.fixture.FakeCollector;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheFilterTest {
    private static List<String> matching(String... filters) {
        var cache = new FakeCollector();
        cache.add("1", RecordType.REGULAR, "withExec make", true);
        cache.add("2", RecordType.CACHE_MOUNT, "cache, of maven", false);
        cache.add("3", RecordType.LOCAL_SOURCE, "", false);
        return cache.usage().records().stream()
                .filter(CacheFilter.anyOf(List.of(filters)))
                .map(CacheRecord::id)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "type==exec.cachemount | 2",
                "type!=exec.cachemount | 1,3",
                "type~=^[rs] | 1,3",
                "id==3 | 3",
                "inuse | 1",
                "mutable | 2",
                "immutable | 1,3",
                "shared | ''",
                "private | 1,2,3",
                "description | 1,2",
                "parents | ''",
                "description==\"cache, of maven\" | 2",
                "immutable, inuse | 1",
                "inuse,type==exec.cachemount | ''"
            })
    void selectorsMatch(String filter, String ids) {
        assertThat(String.join(",", matching(filter))).isEqualTo(ids);
    }

    @Test
    void severalFiltersMeanOrAndAnEmptyOneEverything() {
        assertThat(matching("id==1", "id==2")).containsExactly("1", "2");
        assertThat(matching()).hasSize(3);
        // buildx sends one empty text when its user gives none.
        assertThat(matching("")).hasSize(3);
    }

    @Test
    void whatIsNoFilterIsRefusedWithTheReason() {
        assertThatThrownBy(() -> matching("typ==regular"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the filter \"typ==regular\" names no field of a record: known are id, type");
        assertThatThrownBy(() -> matching("inuse; id==1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is wrong from \"inuse; id==1\" on: write field==value");
        assertThatThrownBy(() -> matching("id~=("))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no regular expression in \"(\"");
    }
}
