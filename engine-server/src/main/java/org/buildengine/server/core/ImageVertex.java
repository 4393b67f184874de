package org.buildengine.server.core;

import java.util.List;
import java.util.Map;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/** The vertex that stands for an image's files. */
final class ImageVertex {
    private ImageVertex() {}

    /** Pinned by the digest of the platform's manifest; everything else is a hint. */
    static Vertex of(ResolvedImage image) {
        return new Vertex(
                new SourceOp(
                        "image",
                        image.manifest().toString(),
                        Map.of(
                                "name", "pull " + image.name(),
                                "reference", image.name().toString(),
                                "platform", image.platform().toString())),
                List.of());
    }
}
