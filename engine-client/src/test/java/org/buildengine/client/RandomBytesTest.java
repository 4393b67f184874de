package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RandomBytesTest {
    @Test
    void uuidsAreOfVersionFourAndNeverTheSame() {
        var all = IntStream.range(0, 500).mapToObj(_ -> RandomBytes.uuid()).toList();
        assertThat(all).doesNotHaveDuplicates().allSatisfy(text -> {
            UUID uuid = UUID.fromString(text);
            assertThat(uuid.toString()).isEqualTo(text);
            assertThat(uuid.version()).isEqualTo(4);
            assertThat(uuid.variant()).isEqualTo(2);
        });
    }

    @Test
    void thereAreAsManyAsAskedFor() {
        assertThat(RandomBytes.of(25)).hasSize(25);
        assertThat(RandomBytes.of(64)).isNotEqualTo(RandomBytes.of(64));
    }

    @Test
    void clientsHaveNamesOfTheirOwnAndSayWhereTheyAre() {
        var one = ClientIdentity.create("stable", "v0.21.8", Map.of());
        var other = ClientIdentity.create("stable", "v0.21.8", Map.of());
        assertThat(one.clientId()).matches("[0-9a-z]{25}").isNotEqualTo(other.clientId());
        assertThat(one.clientSecretToken()).isNotEqualTo(other.clientSecretToken());
        assertThat(one.clientHostname()).isNotEmpty().doesNotContainAnyWhitespaces();
    }
}
