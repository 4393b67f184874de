/** Runners of the operations that are answered by the algebra of snapshots alone. Stateless. */
@NullMarked
package org.buildengine.solver.tree;

import org.jspecify.annotations.NullMarked;
