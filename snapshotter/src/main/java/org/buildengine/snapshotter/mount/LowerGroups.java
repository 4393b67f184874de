package org.buildengine.snapshotter.mount;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.LayerId;

/**
 * Which layers of a long list are mounted as one. A list that grows by a layer keeps most of its groups, so that most of
 * what was written for it is used again: from the bottom, groups of 16 layers times the largest power of two that fits,
 * then the next smaller one, and the last layers one by one. Two thousand layers become some twenty; each layer is
 * written again as often as the list doubles. Layers with much content stay alone, and groups small.
 */
final class LowerGroups {
    private static final int UNIT = 16;
    private static final long LARGE = 16 << 20;
    private static final long MOST_BYTES = 64 << 20;

    private final Sizes sizes;
    private final List<List<LayerId>> groups = new ArrayList<>();

    /** Says how many bytes of content a layer has. */
    @FunctionalInterface
    interface Sizes {
        long of(LayerId layer) throws IOException;
    }

    private LowerGroups(Sizes sizes) {
        this.sizes = sizes;
    }

    /**
     * The groups of a list, in its order.
     *
     * @param most up to how many layers every one is a group of its own
     */
    static List<List<LayerId>> of(List<LayerId> lowestFirst, int most, Sizes sizes) throws IOException {
        var plan = new LowerGroups(sizes);
        if (lowestFirst.size() <= most) {
            plan.alone(lowestFirst);
            return plan.groups;
        }
        int start = 0;
        for (int i = 0; i < lowestFirst.size(); i++) {
            if (sizes.of(lowestFirst.get(i)) > LARGE) {
                plan.run(lowestFirst.subList(start, i));
                plan.alone(lowestFirst.subList(i, i + 1));
                start = i + 1;
            }
        }
        plan.run(lowestFirst.subList(start, lowestFirst.size()));
        return plan.groups;
    }

    private void alone(List<LayerId> layers) {
        layers.forEach(layer -> groups.add(List.of(layer)));
    }

    private void run(List<LayerId> layers) throws IOException {
        int start = 0;
        while (layers.size() - start >= UNIT) {
            int length = UNIT * Integer.highestOneBit((layers.size() - start) / UNIT);
            block(layers.subList(start, start + length));
            start += length;
        }
        alone(layers.subList(start, layers.size()));
    }

    private void block(List<LayerId> layers) throws IOException {
        long bytes = 0;
        for (LayerId layer : layers) {
            bytes += sizes.of(layer);
        }
        if (layers.size() == UNIT || bytes <= MOST_BYTES) {
            groups.add(List.copyOf(layers));
        } else {
            block(layers.subList(0, layers.size() / 2));
            block(layers.subList(layers.size() / 2, layers.size()));
        }
    }
}
