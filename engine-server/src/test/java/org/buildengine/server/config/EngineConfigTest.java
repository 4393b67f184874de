package org.buildengine.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.buildengine.server.cache.CacheRules;
import org.buildengine.server.cache.DiskSpace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineConfigTest {
    @TempDir
    Path directory;

    private Path file(String text) throws Exception {
        return Files.writeString(directory.resolve("engine.json"), text);
    }

    private static EngineConfig flags(Map<String, List<String>> flags) throws ConfigException {
        return EngineConfig.sources().flags(flags).build();
    }

    @Test
    void defaultsArePrivateAndLocal() throws Exception {
        EngineConfig config = EngineConfig.sources().build();
        assertThat(config.listen().getFirst().text()).isEqualTo("unix:///run/build-engine/engine.sock");
        assertThat(config.listen()).hasSize(1);
        assertThat(config.socketMode()).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(config.root()).isEqualTo(Path.of("/var/lib/build-engine"));
        assertThat(config.network()).isEqualTo(NetworkMode.AUTO);
        assertThat(config.networkSubnet()).isEmpty();
        assertThat(config.ociRuntime()).isEqualTo(RuntimeChoice.AUTO);
        assertThat(config.allowInsecure()).isFalse();
        assertThat(config.idleExit()).isEmpty();
        assertThat(config.logSpace()).isEqualTo(DiskSpace.ofBytes(2L << 30));
        assertThat(config.maxHeaderBytes()).isEqualTo((1 << 20) + (64 << 10));
        assertThat(config.maxBodyBytes()).isEqualTo(256 << 20);
    }

    @Test
    void laterSourcesWinAndSaySo() throws Exception {
        Path file = file("{\"root\": \"/from/file\", \"idle-exit\": 7, \"network\": \"none\","
                + " \"registry-mirror\": {\"docker.io\": [\"https://a.example\", \"https://b.example\"]}}");
        EngineConfig config = EngineConfig.sources()
                .file(file)
                .environment(Map.of("ENGINE_ROOT", "/from/environment", "ENGINE_HOST", "elsewhere", "HOME", "/root"))
                .flags(Map.of("root", List.of("/from/flag"), "allow-remote-tcp", List.of()))
                .build();
        assertThat(config.root()).isEqualTo(Path.of("/from/flag"));
        assertThat(config.idleExit()).contains(Duration.ofSeconds(7));
        assertThat(config.registryMirrors())
                .containsEntry("docker.io", List.of("https://a.example", "https://b.example"));
        List<String> lines = config.effective()
                .lines()
                .map(line -> line.replaceAll(" +", " "))
                .toList();
        assertThat(lines)
                .hasSize(ConfigKey.values().length)
                .contains(
                        "root /from/flag (--root)",
                        "idle-exit 7 (" + file + ")",
                        "allow-remote-tcp true (--allow-remote-tcp)",
                        "oci-runtime auto (default)",
                        "registry-insecure none (default)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "listen|tcp:/x|listen (--listen): \"tcp:/x\" is no address to listen at",
                "listen|unix://engine.sock|with three slashes",
                "listen|tcp://127.0.0.1:70000|there is no port 70000",
                "listen|tcp://127.0.0.1|is no TCP address",
                "listen|tcp://0.0.0.0:8080|there is no password",
                "listen|tcp://[::]:8080|allow it with --allow-remote-tcp",
                "socket-mode|rw|write three octal digits",
                "socket-mode|0999|is no mode",
                "network|lan|\"lan\" is not one of auto, bridge, host, none",
                "network-subnet|10.1|\"10.1\" is no IPv4 subnet: write it like 10.201.0.0/20",
                "network-subnet|10.1.0.256/24|256 is above 255",
                "network-subnet|10.1.0.0/33|33 is above 32",
                "network-subnet|10.1.2.3/16|it begins at 10.1.0.0, write 10.1.0.0/16",
                "network-subnet|10.1.0.0/30|give one between /8 and /29, each execution takes an address",
                "oci-runtime|youki|is not one of auto, crun, runc",
                "allow-insecure|maybe|\"maybe\" is neither true nor false",
                "idle-exit|soon|\"soon\" is no whole number",
                "idle-exit|-1|-1 is not between 0 and",
                "max-header-bytes|100|100 is not between",
                "registry-mirror|docker.io|write HOST=URL",
                "registry-insecure|http://localhost:5000|write it without scheme",
                "gc|perhaps|\"perhaps\" is neither true nor false",
                "gc-reserved-space|much|gc-reserved-space (--gc-reserved-space): \"much\" is no amount of space",
                "gc-max-used-space|200%|write at most 100%",
                "gc-min-free-space|-1|is no amount of space",
                "gc-keep-duration|60|\"60\" is no time: write hours or days, like 48h or 60d",
                "rot|/x|--rot is unknown; did you mean --root?",
                "completely-different|x|known are listen, socket-mode",
            })
    void saysWhatIsWrongWithAFlag(String key, String value, String message) {
        assertThatThrownBy(() -> flags(Map.of(key, List.of(value))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void limitsOfTheCacheAreThoseOfDaggerUnlessTheyAreGiven() throws Exception {
        long disk = 1_000_000_000_000L;
        assertThat(EngineConfig.sources().build().cacheRules().automatic()).isTrue();
        assertThat(EngineConfig.sources().build().cacheRules().limits(disk))
                .isEqualTo(new CacheRules.Limits(10_000_000_000L, 750_000_000_000L, 200_000_000_000L, 0));
        CacheRules given = flags(Map.of(
                        "gc", List.of("false"),
                        "gc-reserved-space", List.of("1%"),
                        "gc-max-used-space", List.of("2GB"),
                        "gc-min-free-space", List.of("0"),
                        "gc-keep-duration", List.of("48h")))
                .cacheRules();
        assertThat(given.automatic()).isFalse();
        assertThat(given.keepDuration()).isEqualTo(Duration.ofDays(2));
        assertThat(given.limits(disk)).isEqualTo(new CacheRules.Limits(10_000_000_000L, 2L << 30, 0, 0));
    }

    @Test
    void remoteTcpIsTakenWhenItIsAllowed() throws Exception {
        EngineConfig config = flags(
                Map.of("listen", List.of("tcp://0.0.0.0:8080", "unix:///tmp/e.sock"), "allow-remote-tcp", List.of()));
        assertThat(config.listen())
                .extracting(ListenAddress::text)
                .containsExactly("tcp://0.0.0.0:8080", "unix:///tmp/e.sock");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"root\": |is no JSON, line 1",
                "[]|must hold one JSON object",
                "{\"root\": null}|\"root\" cannot be null; it is directory of the store",
                "{\"root\": \"/a\", \"root\": \"/b\"}|is no JSON",
                "{\"root\": 5}|\"root\" cannot be 5; it is directory of the store",
                "{\"listen\": [7]}|\"listen\" cannot be 7; it is addresses to listen at",
                "{\"allow-insecure\": 1}|\"allow-insecure\" cannot be 1",
                "{\"idle-exit\": true}|\"idle-exit\" cannot be true",
                "{\"listne\": []}|did you mean listen?",
            })
    void saysWhatIsWrongWithAFile(String text, String message) throws Exception {
        Path file = file(text);
        assertThatThrownBy(() -> EngineConfig.sources().file(file).build())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @Test
    void saysWhatIsWrongWithTheEnvironment() {
        assertThatThrownBy(() -> EngineConfig.sources().environment(Map.of("ENGINE_ROOTS", "/x")))
                .hasMessageContaining("did you mean ENGINE_ROOT?");
        assertThatThrownBy(() -> EngineConfig.sources()
                        .environment(Map.of("ENGINE_IDLE_EXIT", "x"))
                        .build())
                .hasMessageContaining("idle-exit (ENGINE_IDLE_EXIT): \"x\" is no whole number");
        assertThatThrownBy(() -> EngineConfig.sources().file(directory.resolve("absent")))
                .hasMessageContaining("there is no configuration file");
    }
}
