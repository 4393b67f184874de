package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;

/** A value of an object type of the API. Immutable; one that describes work carries its solver vertices. */
public interface CoreObject {
    /** Name of its GraphQL type. */
    String typeName();

    /** Equal for equal objects: the same id is given to them. */
    Digest digest();
}
