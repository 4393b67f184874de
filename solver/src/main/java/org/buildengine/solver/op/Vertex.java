package org.buildengine.solver.op;

import java.util.List;
import org.buildengine.snapshotter.Digest;

/**
 * An operation applied to inputs: a node of the graph that a client describes. Immutable; equal graphs have equal
 * {@linkplain #recipe() recipe keys}, which are computed on construction, so that deep graphs cost no recursion.
 */
public final class Vertex {
    private final Op op;
    private final List<InputRef> inputs;
    private final Digest recipe;

    public Vertex(Op op, List<InputRef> inputs) {
        this.op = op;
        this.inputs = List.copyOf(inputs);
        var encoder = new KeyEncoder().text("recipe").list(inputs.size());
        for (InputRef input : inputs) {
            encoder.digest(input.vertex().recipe()).number(input.output());
        }
        op.encode(encoder);
        this.recipe = encoder.finish();
    }

    public static Vertex of(Op op, InputRef... inputs) {
        return new Vertex(op, List.of(inputs));
    }

    public Op op() {
        return op;
    }

    public List<InputRef> inputs() {
        return inputs;
    }

    /** What was asked for: SHA-256 over the operation and the recipe keys of its inputs. */
    public Digest recipe() {
        return recipe;
    }

    /** One of the outputs, to be used as an input. */
    public InputRef output(int index) {
        return new InputRef(this, index);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Vertex that && recipe.equals(that.recipe);
    }

    @Override
    public int hashCode() {
        return recipe.hashCode();
    }

    @Override
    public String toString() {
        return op.describe();
    }
}
