package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.fixture.RegistryFixture;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Against the registry of the distribution. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageResolverIT {
    private static final Platform AMD64 = Platform.parse("linux/amd64");

    private RegistryFixture registry;
    private Digest pushed;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        registry = RegistryFixture.start(directory);
        pushed = registry.push("library/alpine", "3.22.1", ImageFixture.alpine());
    }

    @AfterAll
    void stop() {
        registry.close();
    }

    @Test
    void aTagIsPinnedToTheManifestOfThePlatform() throws Exception {
        try (var client = new RegistryClient(RegistrySettings.DEFAULT)) {
            var resolver = new ImageResolver(client);
            String name = registry.host() + "/library/alpine:3.22.1";

            ResolvedImage amd = resolver.resolve(name, AMD64, RegistryCredentials.NONE, new Inquiry());
            ResolvedImage arm =
                    resolver.resolve(name, Platform.parse("arm64"), RegistryCredentials.NONE, new Inquiry());

            assertThat(amd.name()).hasToString(name + "@" + pushed);
            assertThat(amd.platform()).isEqualTo(AMD64);
            assertThat(amd.config().cmd()).containsExactly("/bin/sh");
            assertThat(amd.layers()).hasSize(1);
            assertThat(arm.manifest()).isNotEqualTo(amd.manifest());
            assertThat(arm.layers()).isEqualTo(amd.layers());
            try (var blob =
                    client.blob(amd.name(), amd.layers().getFirst().blob(), RegistryCredentials.NONE, new Inquiry())) {
                assertThat(blob.readAllBytes())
                        .hasSize((int) amd.layers().getFirst().blob().size());
            }
        }
    }

    @Test
    void mirrorsAreAskedInOrder() throws Exception {
        var settings = RegistrySettings.DEFAULT.withMirrors(
                Map.of("docker.io", List.of(URI.create("http://127.0.0.1:1"), registry.uri())));
        try (var client = new RegistryClient(settings)) {
            ResolvedImage image =
                    new ImageResolver(client).resolve("alpine:3.22.1", AMD64, RegistryCredentials.NONE, new Inquiry());

            assertThat(image.name()).hasToString("docker.io/library/alpine:3.22.1@" + pushed);
        }
    }

    @Test
    void whatMirrorsAnsweredIsSaidIfTheRegistryItselfCannotBeReached() {
        var settings = RegistrySettings.DEFAULT.withMirrors(Map.of("127.0.0.1:1", List.of(registry.uri())));
        try (var client = new RegistryClient(settings)) {
            var resolver = new ImageResolver(client);

            assertThatThrownBy(() -> resolver.resolve(
                            "127.0.0.1:1/library/alpine:gone", AMD64, RegistryCredentials.NONE, new Inquiry()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot connect to")
                    .hasMessageContaining("127.0.0.1:1")
                    .hasMessageContaining(registry.uri().toString())
                    .hasMessageEndingWith("not found");
        }
    }

    @Test
    void whatIsNotThereIsSaid() {
        try (var client = new RegistryClient(RegistrySettings.DEFAULT)) {
            var resolver = new ImageResolver(client);
            String name = registry.host() + "/library/alpine:does-not-exist";

            assertThatThrownBy(() -> resolver.resolve(name, AMD64, RegistryCredentials.NONE, new Inquiry()))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("failed to resolve image \"" + name + "\" (platform: \"linux/amd64\"): ")
                    .hasMessageEndingWith("not found");
            assertThatThrownBy(() -> resolver.resolve(
                            registry.host() + "/library/alpine:3.22.1",
                            Platform.parse("linux/s390x"),
                            RegistryCredentials.NONE,
                            new Inquiry()))
                    .hasMessageContaining("not found; it offers linux/amd64, linux/arm64");
        }
    }
}
