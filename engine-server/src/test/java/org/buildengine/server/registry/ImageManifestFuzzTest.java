package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.buildengine.snapshotter.Digest;

/** Any document of a registry as a manifest, an index and an image configuration: read or refused by our own error. */
class ImageManifestFuzzTest {
    private static final Digest DIGEST = Digest.of("any");
    private static final Platform PLATFORM = new Platform("linux", "amd64", "");

    @FuzzTest
    void anyDocumentIsReadOrRefused(byte[] json) {
        try {
            manifest(json);
        } catch (IOException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
        try {
            config(json);
        } catch (IOException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
    }

    private static void manifest(byte[] json) throws IOException {
        ImageResolver.Document document = ImageResolver.Document.parse(json, DIGEST, "");
        if (document.isIndex()) {
            Descriptor chosen = ImageResolver.choose(document.json(), PLATFORM);
            assertThat(chosen.size()).isNotNegative();
            chosen.platform()
                    .ifPresent(
                            offered -> assertThat(PLATFORM.suitability(offered)).isPositive());
        } else {
            assertThat(ImageResolver.layers(document.json()))
                    .hasSizeLessThanOrEqualTo(json.length)
                    .allMatch(layer -> layer.size() >= 0);
        }
    }

    private static void config(byte[] json) throws IOException {
        ImageConfig config = ImageConfig.parse(json);
        int texts =
                config.env().size() + config.entrypoint().size() + config.cmd().size();
        int names = config.labels().size()
                + config.exposedPorts().size()
                + config.volumes().size();
        assertThat(config.diffIds().size() + texts + names).as("entries").isLessThanOrEqualTo(json.length);
        assertThat(new Platform(
                        config.platform().os(),
                        config.platform().arch(),
                        config.platform().variant()))
                .as("normalised again")
                .isEqualTo(config.platform());
    }
}
