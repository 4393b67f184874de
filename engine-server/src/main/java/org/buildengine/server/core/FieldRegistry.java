package org.buildengine.server.core;

/** Where the packages of the engine register the fields that they implement. */
@FunctionalInterface
public interface FieldRegistry {
    /**
     * Registers the resolver of one field.
     *
     * @param type name of the GraphQL type
     * @param field name of its field; a field of the schema that nobody registers answers with an error that names it
     */
    void field(String type, String field, FieldResolver resolver);
}
