/**
 * The files and secrets of clients, reached through what each of them attached to the engine. Called by the fields of the
 * API through {@link org.buildengine.server.core.Hosts}.
 *
 * <p>Invariants: what is read of a client becomes one layer or nothing; a client's link or path never makes the engine
 * touch a file of its own.
 */
@NullMarked
package org.buildengine.server.core.host;

import org.jspecify.annotations.NullMarked;
