/**
 * Who waits for whom, at this moment. The solver says it of jobs and nodes by what they are; whoever else lets somebody wait
 * says so while it lasts ({@link org.buildengine.solver.waiting.Waits}). Nothing is decided by it: it is for people who ask
 * why a build stands still.
 */
@NullMarked
package org.buildengine.solver.waiting;

import org.jspecify.annotations.NullMarked;
