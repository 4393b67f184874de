/**
 * The GraphQL door: schema, lenient coercion, ids, errors and HTTP semantics. Knows no type of the API by name; the
 * fields are registered by {@code core}.
 */
@NullMarked
package org.buildengine.server.graphql;

import org.jspecify.annotations.NullMarked;
