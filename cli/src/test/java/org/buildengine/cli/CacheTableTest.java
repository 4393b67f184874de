package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.buildengine.client.CacheEntry;
import org.buildengine.client.CacheListing;
import org.buildengine.client.CacheOwner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheTableTest {
    private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");
    private static final List<CacheEntry> ENTRIES = List.of(
            entry("7", "regular", "exec make\nall", 70_000_000, 30_000_000, Duration.ofMinutes(3), true),
            entry("1234", "exec.cachemount", "", 0, 0, Duration.ZERO, false));

    private static CacheEntry entry(
            String id, String type, String description, long exclusive, long shared, Duration age, boolean inUse) {
        return new CacheEntry(
                id,
                type,
                description,
                exclusive,
                shared,
                NOW.minus(age),
                NOW.minus(age),
                Duration.ofMillis(1500),
                inUse);
    }

    @Test
    void longDescriptionIsCutBetweenCharacters() {
        CacheEntry faces = entry("7", "regular", "😀".repeat(60), 0, 0, Duration.ZERO, false);
        assertThat(new CacheTable(NOW).lines(List.of(faces)))
                .element(1)
                .asString()
                .endsWith(" " + "😀".repeat(49) + "…");
    }

    @Test
    void columnsAreAsWideAsTheyHaveToBe() {
        assertThat(new CacheTable(NOW).lines(ENTRIES))
                .containsExactly(
                        "ID    TYPE               SIZE   SHARED  LAST USED  IN USE  DESCRIPTION",
                        "7     regular          100 MB  30.0 MB  3 min ago  yes     exec make all",
                        "1234  exec.cachemount     0 B      0 B  now        no");
    }

    @Test
    void whatBuildsCallTheirThingsDoesNotReachTheTerminalAsItIs() {
        var odd = new CacheOwner("exec \u001b[31mred\u001b]0;title\u0007\u202e", NOW, 1);
        assertThat(new CacheTable(NOW).owners(List.of(odd))).last().asString().endsWith("now    exec red");
    }

    @Test
    void programsGetEverything() throws Exception {
        assertThat(CacheTable.json(new CacheListing(ENTRIES.subList(0, 1), 99)).replaceAll("\\s+", ""))
                .isEqualTo("{\"bytes\":99,\"records\":[{\"id\":\"7\",\"type\":\"regular\","
                        + "\"description\":\"execmake\\nall\",\"exclusiveBytes\":70000000,\"sharedBytes\":30000000,"
                        + "\"created\":\"2026-01-01T23:57:00Z\",\"lastUsed\":\"2026-01-01T23:57:00Z\","
                        + "\"costMillis\":1500,\"inUse\":true}]}");
    }

    @Test
    void ownersAreNamedWithWhatTheyHold() throws Exception {
        var owners = List.of(
                new CacheOwner("session a", NOW.minusSeconds(200), 12), new CacheOwner("exec make\nall", NOW, 3));
        assertThat(new CacheTable(NOW).owners(owners))
                .containsExactly(
                        "RESULTS  SINCE      OWNER",
                        "     12  3 min ago  session a",
                        "      3  now        exec make all");
        assertThat(new CacheTable(NOW).owners(List.of())).containsExactly("Nobody holds anything.");
        assertThat(CacheTable.json(owners.subList(0, 1)).replaceAll("\\s+", ""))
                .isEqualTo("{\"owners\":[{\"name\":\"sessiona\",\"since\":\"2026-01-01T23:56:40Z\",\"results\":12}]}");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.0 kB",
        "99949, 99.9 kB",
        "123456, 123 kB",
        "999499, 999 kB",
        "999500, 1.0 MB",
        "9223372036854775807, 9223 PB"
    })
    void bytesHaveAboutThreeDigits(long bytes, String text) {
        assertThat(CacheTable.bytes(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"PT0.5S, 500 ms", "PT99S, 99 s", "PT100S, 1 min", "PT99M, 99 min", "PT71H, 71 h", "P3D, 3 days"})
    void timesHaveOneUnit(Duration time, String text) {
        assertThat(CacheTable.time(time)).isEqualTo(text);
    }
}
