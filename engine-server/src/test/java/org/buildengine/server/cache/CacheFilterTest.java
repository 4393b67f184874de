package org.buildengine.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.buildengine.server.fixture.FakeCollector;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

    /** Where a selector ends is found in one go, however many ways there are to divide the blanks. */
    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void filterOfManyBlanksIsRefusedAtOnce() {
        assertThatThrownBy(() -> matching("id==" + " ".repeat(1_000_000) + "\""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is wrong from \"id==  ");
    }

    private static boolean matches(String filter, String description) {
        var cache = new FakeCollector();
        cache.add("1", RecordType.REGULAR, description, false);
        return CacheFilter.anyOf(List.of(filter)).test(cache.usage().records().getFirst());
    }

    /** The collector would look at this one text for longer than the world has been there, and everybody would wait. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void expressionThatTakesTooLongIsGivenUp() {
        assertThatThrownBy(() -> matches("description~=(a+)+\\1$", "a".repeat(200) + "b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the filter \"description~=(a+)+\\1$\" was given up: its regular expression takes too long;"
                        + " write it without a repetition within a repetition, a+ for (a+)+");
    }

    @Test
    void expressionMayLookAtAWholeDescriptionOftenForEachOfManyRecords() {
        var cache = new FakeCollector();
        for (int i = 0; i < 1000; i++) {
            cache.add(Integer.toString(i), RecordType.REGULAR, "x".repeat(499) + i % 2, false);
        }
        assertThat(cache.usage().records().stream()
                        .filter(CacheFilter.anyOf(List.of("description~=.*0$")))
                        .count())
                .isEqualTo(500);
    }
}
