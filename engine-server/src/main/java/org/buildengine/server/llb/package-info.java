/**
 * BuildKit's low-level build language (LLB): turns the bytes of a definition into vertices of the solver, which are those that the
 * same steps described by the API become. Called by the runner of builds. Nothing is run here, but names of images are looked up.
 *
 * <p>Invariants: what cannot be carried out exactly is refused, with the operation and what to do instead; memory and time are
 * bounded by the size of the definition, whatever is in it.
 */
@NullMarked
package org.buildengine.server.llb;

import org.jspecify.annotations.NullMarked;
