/**
 * The GraphQL language as text: tokens, documents and schema files. Used by the packages beside it only.
 *
 * <p>It is written by hand because the door needs three things together: the error texts that clients of the protocol
 * know, time linear in the size of the document, and no recursion over its depth. (The parser of graphql-java ends 2000
 * nested fields with a stack overflow and takes 200 ms for its first document.) Selection sets are read with a stack of
 * their own; values, which people do not nest deeply, by recursion with a limit. graphql-java checks this package in the
 * tests.
 */
@NullMarked
package org.buildengine.server.graphql.language;

import org.jspecify.annotations.NullMarked;
