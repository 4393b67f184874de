package org.buildengine.server.graphql;

import org.buildengine.server.DaggerClient;

/**
 * The GraphQL door as a function from request to response. Safe for use by several threads.
 */
public final class GraphqlEndpoint {
    /** A door to the fields of {@code fields}, which are not to change any more. */
    public GraphqlEndpoint(
            EngineFacts facts, FieldTable fields, ObjectTable objects, JobOpener jobs, FieldObserver observer) {}

    /**
     * Answers one request. Blocks until every field is resolved; to be called on a virtual thread.
     *
     * @throws InterruptedException if the calling thread was interrupted: the query, and all that it demanded, is given
     *     up, and nobody waits for an answer
     */
    public GraphqlResponse handle(GraphqlRequest request, DaggerClient client) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return GraphqlResponse.empty(501, java.util.Map.of());
    }
}
