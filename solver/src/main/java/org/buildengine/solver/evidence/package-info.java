/**
 * The answer to "why was this step not cached?". For every step that a build asked for it is kept what was decided and why:
 * remembered (by which key, made by which build), joined, or run for {@linkplain org.buildengine.solver.evidence.Reason
 * reasons} out of a closed set.
 *
 * <p>A step that runs is compared with its predecessor: the same step if it ran before, else the step that took its place in
 * an earlier build, of several the one most like it. Steps are aligned from the sources up, so that only what really differs is
 * named; of chains of steps, {@link org.buildengine.solver.evidence.ChainOrder} says which were inserted, removed or swapped, and what
 * was said before is revised as more becomes known. What is found is written down whole, so that it can be read when the results, or
 * the earlier build, are gone.
 *
 * <p>The solver's threads only hand over what they decided; all else is done by one thread of {@link
 * org.buildengine.solver.evidence.BuildHistory} in the background, in the order in which things were decided. Values of
 * variables are never kept, only digests of them.
 */
@NullMarked
package org.buildengine.solver.evidence;

import org.jspecify.annotations.NullMarked;
