package org.buildengine.solver;

import java.util.Optional;

/** What runners may ask of whoever demands their work. Found by type, so that the solver need not know the kinds. */
@FunctionalInterface
public interface JobScope {
    /** Offers nothing. */
    JobScope NONE = new JobScope() {
        @Override
        public <T> Optional<T> find(Class<T> type) {
            return Optional.empty();
        }
    };

    /** What is offered under {@code type}, if anything. */
    <T> Optional<T> find(Class<T> type);
}
