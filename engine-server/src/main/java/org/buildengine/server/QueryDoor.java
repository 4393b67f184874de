package org.buildengine.server;

import org.buildengine.server.graphql.GraphqlRequest;
import org.buildengine.server.graphql.GraphqlResponse;

/** Who answers {@code /query}; the GraphQL endpoint does. */
@FunctionalInterface
public interface QueryDoor {
    /**
     * Answers one query. Blocks.
     *
     * @throws InterruptedException if the calling thread was interrupted: the client gave the query up, or its session
     *     ends
     */
    GraphqlResponse handle(GraphqlRequest request, DaggerClient client) throws InterruptedException;
}
