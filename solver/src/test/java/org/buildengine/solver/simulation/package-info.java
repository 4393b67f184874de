/**
 * A deterministic simulator of the solver: its real classes, with a seed that decides what a machine leaves to chance.
 *
 * <ul>
 *   <li>{@link org.buildengine.solver.simulation.Schedule} runs all threads of a world one at a time and chooses who goes
 *       on; time is virtual.
 *   <li>{@link org.buildengine.solver.simulation.Interruptions} loads the solver's classes so that a thread can lose its
 *       turn before every access to something shared.
 *   <li>{@link org.buildengine.solver.simulation.World} is one seed: a random graph, several sessions that ask, give up and
 *       leave, a collector, faults; then calm, in which everything must come right.
 *   <li>{@link org.buildengine.solver.simulation.Judge} knows what must hold, P1 to P4.
 * </ul>
 */
@NullMarked
package org.buildengine.solver.simulation;

import org.jspecify.annotations.NullMarked;
