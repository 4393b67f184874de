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
    private final Reuse reuse;
    private final Digest recipe;
    private final Digest demanded;
    private final Reuse.Reach reach;

    public Vertex(Op op, List<InputRef> inputs) {
        this(op, inputs, Reuse.ANY);
    }

    /** A vertex for which not everybody's earlier results will do. */
    public Vertex(Op op, List<InputRef> inputs, Reuse reuse) {
        this.op = op;
        this.inputs = List.copyOf(inputs);
        this.reuse = reuse;
        var encoder = new KeyEncoder().text("recipe").list(inputs.size());
        for (InputRef input : inputs) {
            encoder.digest(input.vertex().recipe()).number(input.output());
        }
        op.encode(encoder);
        this.recipe = encoder.finish();
        this.demanded = reuse.isAny() && inputsAreSettled() ? recipe : demandedDigest();
        this.reach = inputs.stream()
                .map(input -> input.vertex().reach())
                .reduce(reuse.reach(), (one, other) -> one.compareTo(other) > 0 ? one : other);
    }

    private Digest demandedDigest() {
        var encoder = new KeyEncoder().text("demanded").digest(recipe).text(reuse.toString());
        inputs.forEach(input -> encoder.digest(input.vertex().demanded()));
        return encoder.finish();
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

    /** Which earlier results will do. */
    public Reuse reuse() {
        return reuse;
    }

    /** Among whom it may be shared while it is worked on, because of its own policy or that of something that it works on. */
    public Reuse.Reach reach() {
        return reach;
    }

    /** Whether everybody's earlier results will do for all that this works on. */
    public boolean inputsAreSettled() {
        return inputs.stream().allMatch(input -> input.vertex().isSettled());
    }

    /** Whether everybody's earlier results will do for this and all that it works on. */
    public boolean isSettled() {
        return demanded.equals(recipe);
    }

    /** What was asked for and which earlier results will do: the recipe, if everybody's will. Never kept. */
    public Digest demanded() {
        return demanded;
    }

    /** One of the outputs, to be used as an input. */
    public InputRef output(int index) {
        return new InputRef(this, index);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Vertex that && demanded.equals(that.demanded);
    }

    @Override
    public int hashCode() {
        return demanded.hashCode();
    }

    @Override
    public String toString() {
        return op.describe();
    }
}
