/**
 * Operations: a closed set of immutable descriptions of work, each with one canonical encoding. What does not belong to
 * the identity of an operation (where to fetch from, how to name it) is a hint and is never encoded.
 */
@NullMarked
package org.buildengine.solver.op;

import org.jspecify.annotations.NullMarked;
