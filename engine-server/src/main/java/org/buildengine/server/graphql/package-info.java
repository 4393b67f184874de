/**
 * The GraphQL door: schema, lenient coercion, ids, errors and HTTP semantics. Knows no type of the API by name; the
 * fields are registered by {@code core}. The schema is read, checked and told about by graphql-java; documents are read,
 * checked and run here, for the reasons in docs/dev/graphql.md. Nothing outside this package sees a type of the library.
 */
@NullMarked
package org.buildengine.server.graphql;

import org.jspecify.annotations.NullMarked;
