package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients may write for a value. */
class CoercionTest {
    private final Door door = new Door();

    @ParameterizedTest
    @CsvSource({
        "linux/amd64, linux/amd64",
        "linux/x86_64, linux/amd64",
        "LINUX/AMD64, linux/amd64",
        "linux/aarch64, linux/arm64",
        "linux/arm64/v8, linux/arm64",
        "linux/arm, linux/arm/v7",
        "linux/arm/v6, linux/arm/v6",
        "linux/arm/6, linux/arm/v6",
        "linux/armel, linux/arm/v6",
        "linux/armhf, linux/arm/v7",
        "arm64, linux/arm64",
        "macos/arm64, darwin/arm64",
        "windows/amd64, windows/amd64",
        "'', linux/amd64"
    })
    void platformsAreNormalized(String given, String expected) throws Exception {
        assertThat(door.ask("{ container(platform: \"" + given + "\") { platform } }"))
                .isEqualTo("{\"data\":{\"container\":{\"platform\":\"" + expected + "\"}}}");
    }

    @ParameterizedTest
    @CsvSource({
        "80, 80",
        "\"80\", 80",
        "-1, -1",
        "\"-1\", -1",
        "\"0x1f\", 31",
        "\"0o17\", 15",
        "\"0b101\", 5",
        "9223372036854775807, 9223372036854775807",
        "\"-0x10\", -16"
    })
    void wholeNumbersHave64BitsAndMayBeQuoted(String given, String expected) throws Exception {
        assertThat(door.ask("{ container { withExposedPort(port: " + given + ") { exposedPorts { port } } } }"))
                .contains("[{\"port\":" + expected + "}]");
    }

    @Test
    void defaultsAreAppliedAlsoInsideInputObjectsAndForNull() throws Exception {
        assertThat(door.error("{ container { up(ports: [{backend: 1}, {frontend: 3, backend: 2, protocol: UDP}]) } }"))
                .isEqualTo("null:1/TCP,3:2/UDP");
        assertThat(door.error("{ container { asService(args: null) { id } } }")).isEqualTo("true");
    }

    @Test
    void aSingleValueStandsForAListOfOne() throws Exception {
        assertThat(door.error("{ container { asService(args: \"one\") { id } } }"))
                .isEqualTo("onetrue");
    }

    @Test
    void theEmptyStringIsNoId() throws Exception {
        assertThat(door.error("{ container { withMountedCache(path: \"\", cache: \"\", source: \"\") { id } } }"))
                .isEqualTo("source false");
    }
}
