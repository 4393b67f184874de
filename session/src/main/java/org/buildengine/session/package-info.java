/**
 * What a client and an engine say to each other about themselves: {@link org.buildengine.session.ClientMetadata} and
 * {@link org.buildengine.session.ClientVersion}, and the one kind of error of both ends,
 * {@link org.buildengine.session.HostException}.
 *
 * <p>The packages below hold the connection ({@code transport}), what the engine asks of a client ({@code attachables}),
 * what a client offers ({@code offers}, {@code hostfiles}), how file trees travel ({@code tree}) and which paths are
 * meant ({@code patterns}). Nothing here knows of solvers, stores or GraphQL.
 */
@NullMarked
package org.buildengine.session;

import org.jspecify.annotations.NullMarked;
