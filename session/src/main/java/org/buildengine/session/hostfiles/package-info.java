/**
 * A client's files, offered to the engine: {@link org.buildengine.session.hostfiles.ClientFiles} and, for our own engine,
 * {@link org.buildengine.session.hostfiles.ClientTrees} read them,
 * {@link org.buildengine.session.hostfiles.ClientExports} writes what the engine sends. Both answer gRPC calls
 * and hold no state between calls.
 *
 * <p>What cannot be read is an error that names the path, never an empty file. Nothing is written outside the destination of
 * an export, whatever the engine sends and whatever links are there.
 */
@NullMarked
package org.buildengine.session.hostfiles;

import org.jspecify.annotations.NullMarked;
