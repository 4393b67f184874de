package org.buildengine.server.graphql.language;

/** A text is no GraphQL document. The message is what clients of the protocol know. */
public final class GraphqlSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Position position;

    GraphqlSyntaxException(String message, Position position) {
        super(message);
        this.position = position;
    }

    /** Where the text stops making sense. */
    public Position position() {
        return position;
    }
}
