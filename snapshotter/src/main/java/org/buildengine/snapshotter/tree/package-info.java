/**
 * File trees in memory: compact tables of nodes, the sealed index of a layer, a draft that is being filled, and the
 * merged view over a stack of them. Called by the packages {@code layer}, {@code erofs} and {@code archive}.
 *
 * <p>Invariants: node 0 of a table is the root directory. In a sealed index the children of a directory stand side by
 * side, sorted by the bytes of their names. A sealed index never changes.
 */
@NullMarked
package org.buildengine.snapshotter.tree;

import org.jspecify.annotations.NullMarked;
