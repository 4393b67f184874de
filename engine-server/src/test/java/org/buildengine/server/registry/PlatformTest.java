package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {
    @ParameterizedTest
    @CsvSource({
        "linux/x86_64, linux/amd64",
        "linux/amd64/v1, linux/amd64",
        "Linux/AArch64, linux/arm64",
        "linux/arm64/v8, linux/arm64",
        "linux/arm, linux/arm/v7",
        "linux/armel, linux/arm/v6",
        "linux/i686, linux/386",
        "linux/armhf, linux/arm/v7",
        "macos/arm64, darwin/arm64",
        "linux/amd64/v3, linux/amd64/v3"
    })
    void namesOfOnePlatformAreEqual(String written, String meant) {
        assertThat(Platform.parse(written)).hasToString(meant).isEqualTo(Platform.parse(meant));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "linux/", "linux/amd64/v1/x", "beos/amd64", "linux/z80", "linux amd64"})
    void whatIsNoPlatformIsRefused(String text) {
        assertThatThrownBy(() -> Platform.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }

    @Test
    void oneWordIsASystemOrAnArchitecture() {
        assertThat(Platform.parse("arm64")).hasToString("linux/arm64");
        assertThat(Platform.parse("windows").os()).isEqualTo("windows");
        assertThat(Platform.parse("linux")).isEqualTo(Platform.host());
    }

    @ParameterizedTest
    @CsvSource({
        "linux/amd64, linux/arm64",
        "linux/amd64, windows/amd64",
        "linux/amd64, linux/amd64/v2",
        "linux/arm/v6, linux/arm/v7",
        "linux/arm, linux/arm64"
    })
    void whatDoesNotRunDoesNotSuit(String here, String offered) {
        assertThat(Platform.parse(here).suitability(Platform.parse(offered))).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "linux/amd64/v3, linux/amd64/v2, linux/amd64", "linux/arm/v7, linux/arm/v7, linux/arm/v6",
        "linux/arm64, linux/arm64, linux/arm/v7", "linux/amd64, linux/amd64, linux/386"
    })
    void whatIsCloserSuitsBetter(String here, String better, String worse) {
        Platform platform = Platform.parse(here);
        assertThat(platform.suitability(Platform.parse(better)))
                .isGreaterThan(platform.suitability(Platform.parse(worse)))
                .isPositive();
        assertThat(platform.suitability(Platform.parse(worse))).isPositive();
    }
}
