package org.buildengine.solver.op;

import java.util.Map;

/**
 * Something fetched from outside under an identity that pins its bytes.
 *
 * @param scheme which source fetches it, e.g. {@code image}
 * @param pinned what is fetched, immutably: a manifest digest with its platform, a commit hash
 * @param hints what helps to fetch it (reference, mirror, credentials' owner); never part of a key
 */
public record SourceOp(String scheme, String pinned, Map<String, String> hints) implements Op {
    public SourceOp {
        hints = Map.copyOf(hints);
    }

    @Override
    public void encode(KeyEncoder into) {
        into.text("source").text(scheme).text(pinned);
    }

    @Override
    public String describe() {
        return hints.getOrDefault("name", scheme + " " + pinned);
    }
}
