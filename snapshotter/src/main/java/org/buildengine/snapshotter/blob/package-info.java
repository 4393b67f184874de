/**
 * Content-addressed byte strings in files. Called through {@link org.buildengine.snapshotter.BlobStore} only.
 *
 * <p>Invariants: a file under {@code cas/} has the digest that it is named by, because it gets its name only after the
 * digest was checked; until then it has no name (or, where the file system cannot do that, one in {@code work/}).
 */
@NullMarked
package org.buildengine.snapshotter.blob;

import org.jspecify.annotations.NullMarked;
