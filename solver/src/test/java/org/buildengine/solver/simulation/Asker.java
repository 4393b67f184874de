package org.buildengine.solver.simulation;

import java.util.Optional;
import org.buildengine.snapshotter.Owner;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.OwnRuns;

/** One job of a session: what it offers to runs, which a run can be told by whose it is. */
record Asker(String name, Owner owner, OwnRuns session) implements JobScope {
    @Override
    public <T> Optional<T> find(Class<T> type) {
        if (type == Owner.class) {
            return Optional.of(type.cast(owner));
        }
        if (type == OwnRuns.class) {
            return Optional.of(type.cast(session));
        }
        return type == Asker.class ? Optional.of(type.cast(this)) : Optional.empty();
    }
}
