/**
 * Programs that measure the solver without containers and, but for the evidence, without a disk. They are no tests: {@code
 * docs/dev/benchmarks/solver} starts them.
 */
@NullMarked
package org.buildengine.solver.benchmark;

import org.jspecify.annotations.NullMarked;
