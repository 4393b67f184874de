package org.buildengine.snapshotter;

import java.util.ArrayList;
import java.util.List;

/**
 * A file tree as an ordered list of layers, the lowest first. A pure value: it has no directory, no parent and no
 * owner, so merging is concatenation and a prefix diff is a suffix.
 */
public record Snapshot(List<LayerId> layers) {
    /** The tree that holds nothing but an empty root. */
    public static final Snapshot EMPTY = new Snapshot(List.of());

    public Snapshot {
        layers = List.copyOf(layers);
    }

    /** This tree with {@code layer} stacked on top. */
    public Snapshot plus(LayerId layer) {
        var stacked = new ArrayList<LayerId>(layers.size() + 1);
        stacked.addAll(layers);
        stacked.add(layer);
        return new Snapshot(stacked);
    }

    /** This tree with all layers of {@code upper} stacked on top. */
    public Snapshot plus(Snapshot upper) {
        var stacked = new ArrayList<LayerId>(layers.size() + upper.layers.size());
        stacked.addAll(layers);
        stacked.addAll(upper.layers);
        return new Snapshot(stacked);
    }
}
