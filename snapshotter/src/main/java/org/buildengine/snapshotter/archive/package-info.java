/**
 * Archives from outside: a reader for tar in its dialects, and the import of an image layer. Called by package
 * {@code layer}. Everything read here is hostile until proven otherwise; every refusal names the entry.
 *
 * <p>Invariant: nothing is ever written through a link. An import fills a table of nodes, not a directory of the host.
 */
@NullMarked
package org.buildengine.snapshotter.archive;

import org.jspecify.annotations.NullMarked;
