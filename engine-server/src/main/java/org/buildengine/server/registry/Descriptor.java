package org.buildengine.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;

/**
 * Points to an object of a registry.
 *
 * @param mediaType what it is
 * @param digest digest of its bytes
 * @param size number of its bytes
 * @param platform what it is for, where an index says so
 */
public record Descriptor(String mediaType, Digest digest, long size, Optional<Platform> platform) {
    public Descriptor {
        if (size < 0) {
            throw new IllegalArgumentException("negative size of " + digest + ": " + size);
        }
    }

    static Descriptor parse(JsonNode json) throws IOException {
        JsonNode size = json.path("size");
        if (!size.canConvertToLong() || !size.isIntegralNumber() || size.longValue() < 0) {
            throw new IOException("a descriptor has no valid size: " + Documents.excerpt(json));
        }
        Digest digest;
        try {
            digest = Digest.parse(json.path("digest").asText());
        } catch (IllegalArgumentException e) {
            throw new IOException("a descriptor has no valid sha256 digest: " + Documents.excerpt(json), e);
        }
        JsonNode p = json.path("platform");
        Optional<Platform> platform = p.isObject()
                ? Optional.of(new Platform(
                        p.path("os").asText(),
                        p.path("architecture").asText(),
                        p.path("variant").asText("")))
                : Optional.empty();
        return new Descriptor(json.path("mediaType").asText(), digest, size.longValue(), platform);
    }
}
