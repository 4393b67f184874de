package org.buildengine.solver;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.buildengine.solver.op.Op;

/** Which runner carries out which kind of operation. Immutable. */
public final class Runners {
    private final Map<Class<? extends Op>, OpRunner<?>> byKind;

    private Runners(Map<Class<? extends Op>, OpRunner<?>> byKind) {
        this.byKind = Map.copyOf(byKind);
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * The runner of {@code op}.
     *
     * @throws IllegalArgumentException if there is none
     */
    @SuppressWarnings("unchecked") // the builder pairs each kind with a runner of that kind
    public <O extends Op> OpRunner<O> of(O op) {
        OpRunner<?> runner = byKind.get(op.getClass());
        if (runner == null) {
            throw new IllegalArgumentException("this engine cannot run: " + op.describe());
        }
        return (OpRunner<O>) runner;
    }

    /** Collects runners; used by one thread. */
    public static final class Builder {
        private final Map<Class<? extends Op>, OpRunner<?>> byKind = new HashMap<>();

        private Builder() {}

        public <O extends Op> Builder with(Class<O> kind, OpRunner<O> runner) {
            byKind.put(Objects.requireNonNull(kind), Objects.requireNonNull(runner));
            return this;
        }

        public Runners build() {
            return new Runners(byKind);
        }
    }
}
