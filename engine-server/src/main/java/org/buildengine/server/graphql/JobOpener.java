package org.buildengine.server.graphql;

import org.buildengine.server.DaggerClient;
import org.buildengine.solver.Job;

/** Opens the scope of demand of one request. */
@FunctionalInterface
public interface JobOpener {
    /**
     * A job of its own for a request of {@code client}; the door closes it when the request ends.
     *
     * @param operation what the observer made of the request's operation: the parent of what the job reports
     */
    Job open(DaggerClient client, FieldObserver.Observation operation);
}
