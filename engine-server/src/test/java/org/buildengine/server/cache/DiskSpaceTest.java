package org.buildengine.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskSpaceTest {
    @ParameterizedTest
    @CsvSource({
        "2048, 2048",
        "0, 0",
        "'', 0",
        "'  ', 0",
        "10GB, 10737418240",
        "10gib, 10737418240",
        "10 G, 10737418240",
        "1.5k, 1536",
        "7B, 7",
        "1P, 1125899906842624",
        "50%, 499",
        "100%, 999",
        "0%, 0",
        "' 10 MB ', 10485760"
    })
    void sizesAreRead(String text, long bytes) {
        assertThat(DiskSpace.parse(text).of(999)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"-1", "GB", "10XB", "1e9", "10 %", "ten", "10GB5", "1..5k", "0x10"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> DiskSpace.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "\"" + text + "\" is no amount of space: write a size such as 10GB, a part of the disk such as"
                                + " 50%, or a number of bytes");
    }

    @Test
    void whatNoDiskHasIsRefused() {
        assertThatThrownBy(() -> DiskSpace.parse("101%")).hasMessageContaining("write at most 100%");
        assertThatThrownBy(() -> DiskSpace.parse("8192P")).hasMessageContaining("more than any disk has");
    }

    @Test
    void partOfAHugeDiskDoesNotOverflow() {
        assertThat(DiskSpace.parse("75%").of(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE / 4 * 3 + 2);
    }

    @Test
    void usualReserveIsATenthAndTenGigabytesAtMost() {
        assertThat(DiskSpace.USUAL_RESERVE.of(1000)).isEqualTo(100);
        assertThat(DiskSpace.USUAL_RESERVE.of(1L << 50)).isEqualTo(10_000_000_000L);
    }
}
