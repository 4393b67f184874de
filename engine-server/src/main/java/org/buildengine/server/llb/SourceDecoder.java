package org.buildengine.server.llb;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.server.source.ImageSource;
import org.buildengine.session.wire.pb.SourceOp;
import org.buildengine.solver.OpRunner;

/** Sources: images of registries. Within one definition a name means one image. Used by one thread. */
final class SourceDecoder {
    private static final String IMAGE = "docker-image";

    private final ImageNames images;
    private final OpRunner.Run run;
    private final Map<ImageKey, ResolvedImage> known = new HashMap<>();

    SourceDecoder(ImageNames images, OpRunner.Run run) {
        this.images = images;
        this.run = run;
    }

    private record ImageKey(ImageReference reference, Platform platform) {}

    org.buildengine.solver.op.SourceOp decode(SourceOp source, Platform platform)
            throws ApiException, InterruptedException {
        String[] parts = source.getIdentifier().split("://", 2);
        Refusals.refuse(
                parts.length < 2 || !parts[0].equals(IMAGE),
                "the source " + Refusals.shown(source.getIdentifier()),
                "only " + IMAGE + ":// is; put other files into the input of the build");
        try {
            ImageReference reference = ImageReference.parse(parts[1]);
            Optional<String> checksum = checksum(source.getAttrsMap(), reference);
            ResolvedImage image = resolve(reference, platform);
            String digest = image.name().selector();
            if (checksum.isPresent() && !checksum.get().equals(digest)) {
                throw Refusals.invalid("image " + reference + " is " + digest + ", and image.checksum demands "
                        + Refusals.shown(checksum.get()));
            }
            return ImageSource.op(image);
        } catch (IOException e) {
            var missing = new ApiException("NOT_FOUND", String.valueOf(e.getMessage()));
            missing.initCause(e);
            throw missing;
        }
    }

    private ResolvedImage resolve(ImageReference reference, Platform platform)
            throws IOException, InterruptedException {
        var key = new ImageKey(reference, platform);
        ResolvedImage image = known.get(key);
        if (image == null) {
            image = images.resolve(reference, platform, run);
            known.put(key, image);
        }
        return image;
    }

    /** The digest that the image has to have, if the attributes demand one; others of them are checked. */
    private static Optional<String> checksum(Map<String, String> attributes, ImageReference reference)
            throws ApiException {
        for (String name : attributes.keySet()) {
            switch (name) {
                case "image.resolvemode" -> checkMode(attributes.getOrDefault(name, ""), reference);
                case "image.recordtype", "image.checksum" -> {}
                default ->
                    throw Refusals.unsupported(
                            "the attribute " + Refusals.shown(name) + " of an image", "leave it out");
            }
        }
        return Optional.ofNullable(attributes.get("image.checksum"));
    }

    /** A tag is looked up in its registry every time, a digest means the same everywhere. */
    private static void checkMode(String mode, ImageReference reference) throws ApiException {
        boolean registry = mode.isEmpty() || mode.equals("default") || mode.equals("pull");
        Refusals.refuse(
                !registry && reference.digest().isEmpty(),
                "the image.resolvemode " + Refusals.shown(mode),
                "use default or pull, or name the image by its digest");
    }
}
