package org.buildengine.server.graphql;

import org.buildengine.server.core.FieldRegistry;
import org.buildengine.server.core.FieldResolver;

/** The resolvers of the schema's fields. Filled by one thread at start. */
public final class FieldTable implements FieldRegistry {
    @Override
    public void field(String type, String field, FieldResolver resolver) {}
}
