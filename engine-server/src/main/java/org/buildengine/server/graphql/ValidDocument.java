package org.buildengine.server.graphql;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.graphql.language.Document;

/**
 * A document that was checked against the schema. Holds no state of a request, so that it can be used again.
 *
 * @param errors why it cannot be run; empty if it can
 * @param literal why a literal in it does not fit: told when it is run, as other errors of execution
 */
record ValidDocument(
        Document document,
        Map<String, Document.Fragment> fragments,
        List<GraphqlError> errors,
        Optional<String> literal) {}
