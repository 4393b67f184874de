/**
 * How work is named. Recipe keys come with the {@link org.buildengine.solver.op.Vertex vertices}; this package makes the
 * other two levels: producer keys over the identities of inputs, content keys over what an operation reads of them.
 * Pure but for reading tree indexes.
 */
@NullMarked
package org.buildengine.solver.key;

import org.jspecify.annotations.NullMarked;
