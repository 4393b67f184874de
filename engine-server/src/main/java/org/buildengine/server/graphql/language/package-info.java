/**
 * Documents and schema files of the GraphQL language as text, and the terms in which they are checked and run. Used by
 * the package above only. Why they are not read by graphql-java is told, with numbers, in docs/dev/graphql.md.
 *
 * <p>Selection sets are read with a stack of their own, so that depth costs heap only; values, which people do not nest
 * deeply, by recursion with a limit. The tests compare with graphql-java what is taken and refused.
 */
@NullMarked
package org.buildengine.server.graphql.language;

import org.jspecify.annotations.NullMarked;
