package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.server.llb.Definitions.decoded;
import static org.buildengine.server.llb.Definitions.image;

import java.util.ArrayList;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.source.ImageSource;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.MergeInput;
import org.buildengine.session.wire.pb.MergeOp;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.Platform;
import org.buildengine.session.wire.pb.SourceOp;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class SourceDecoderTest {
    private static final String PINNED = "registry.example/app@" + Digest.of("app");

    private static Vertex vertex(Op.Builder op) throws Exception {
        var definition = new Definitions();
        return decoded(definition.ending(definition.add(op))).vertex();
    }

    private static Op.Builder with(Op.Builder image, String attribute, String value) {
        image.getSourceBuilder().putAttrs(attribute, value);
        return image;
    }

    @Test
    void anImageIsPinned() throws Exception {
        var arm = Platform.newBuilder().setOS("linux").setArchitecture("arm64");

        assertThat(vertex(image("alpine")).op())
                .isEqualTo(ImageSource.op(Definitions.image(
                        ImageReference.parse("docker.io/library/alpine:latest"), Definitions.PLATFORM)));
        assertThat(vertex(image(PINNED).setPlatform(arm)).op())
                .isEqualTo(ImageSource.op(Definitions.image(
                        ImageReference.parse(PINNED), org.buildengine.server.registry.Platform.parse("linux/arm64"))));
    }

    @Test
    void aNameMeansOneImageInOneDefinition() throws Exception {
        var definition = new Definitions();
        Input image = definition.add(image("alpine"));
        Input again = definition.add(with(image("alpine:latest"), "image.recordtype", "internal"));
        Input both = definition.add(Op.newBuilder()
                .addInputs(image)
                .addInputs(again)
                .setMerge(MergeOp.newBuilder()
                        .addInputs(MergeInput.newBuilder().setInput(0))
                        .addInputs(MergeInput.newBuilder().setInput(1))));
        var asked = new ArrayList<String>();
        var decoder = new LlbDecoder(
                (reference, platform, _) -> {
                    asked.add(reference.toString());
                    return Definitions.image(reference, platform);
                },
                Definitions.PLATFORM);

        decoder.decode(definition.ending(both), 1, new FakeRun(new BuildOp("d", 0)));

        assertThat(asked).containsExactly("docker.io/library/alpine:latest");
    }

    @Test
    void attributesThatChangeNothingAreTaken() throws Exception {
        assertThat(vertex(with(image(PINNED), "image.resolvemode", "local"))).isEqualTo(vertex(image(PINNED)));
        assertThat(vertex(with(image("alpine"), "image.resolvemode", "pull"))).isEqualTo(vertex(image("alpine")));
        assertThat(vertex(with(image("alpine"), "image.resolvemode", "default")))
                .isEqualTo(vertex(image("alpine")));
        assertThat(vertex(with(image(PINNED), "image.checksum", Digest.of("app").toString())))
                .isEqualTo(vertex(image(PINNED)));
    }

    @Test
    void whatIsNoImageOfARegistryIsRefused() {
        Refused.unsupported(
                Op.newBuilder().setSource(SourceOp.newBuilder().setIdentifier("git://example.org/x")),
                "the source \"git://example.org/x\"",
                "only docker-image:// is; put other files into the input of the build");
        Refused.unsupported(
                Op.newBuilder().setSource(SourceOp.getDefaultInstance()),
                "the source \"\"",
                "only docker-image:// is; put other files into the input of the build");
        Refused.op(image("registry.example/gone"), "NOT_FOUND", "no such image: registry.example/gone:latest");
        Refused.op(
                image("A"),
                "NOT_FOUND",
                "failed to parse image address A: invalid reference format: repository name must be lowercase");
        var definition = new Definitions();
        Input base = definition.add(image("alpine"));
        Refused.op(
                definition,
                image("alpine").addInputs(base),
                "INVALID_ARGUMENT",
                "a source has no inputs, but this has 1");
    }

    @Test
    void attributesThatWouldChangeSomethingAreRefused() {
        Refused.unsupported(
                with(image("alpine"), "image.resolvemode", "local"),
                "the image.resolvemode \"local\"",
                "use default or pull, or name the image by its digest");
        Refused.unsupported(
                with(image("alpine"), "image.layerlimit", "1"),
                "the attribute \"image.layerlimit\" of an image",
                "leave it out");
        Refused.invalid(
                with(image(PINNED), "image.checksum", "sha256:1"),
                "image " + PINNED + " is " + Digest.of("app") + ", and image.checksum demands \"sha256:1\"");
    }
}
