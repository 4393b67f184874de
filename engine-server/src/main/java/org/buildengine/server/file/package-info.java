/**
 * Carries out edits and differences of file trees through the public face of the snapshotter: nothing is mounted and no
 * process is started. Called by the solver only; {@link org.buildengine.server.file.Owner} also by whoever has to turn the
 * name of a user into numbers.
 *
 * <p>Invariants: no path and no link of a tree leads out of it; an edit that fails leaves nothing behind.
 */
@NullMarked
package org.buildengine.server.file;

import org.jspecify.annotations.NullMarked;
