package org.buildengine.server.graphql;

import org.buildengine.server.DaggerClient;
import org.buildengine.solver.Job;

/** Opens the scope of demand of one request. */
@FunctionalInterface
public interface JobOpener {
    /** A job of its own for a request of {@code client}; the door closes it when the request ends. */
    Job open(DaggerClient client);
}
