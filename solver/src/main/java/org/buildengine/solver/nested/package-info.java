/**
 * Builds within builds: an operation whose result is that of a graph which one of its inputs describes. The solver knows no format
 * of such definitions; who assembles the engine brings a {@link org.buildengine.solver.nested.GraphDecoder}.
 */
@NullMarked
package org.buildengine.solver.nested;

import org.jspecify.annotations.NullMarked;
