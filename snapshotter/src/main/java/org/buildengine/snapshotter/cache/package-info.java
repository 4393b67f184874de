/**
 * Persistent directories that executions write to. Called through {@link org.buildengine.snapshotter.CacheVolumes} only.
 *
 * <p>Invariants: a volume is seen complete with its seed or not at all; there is one directory per identity, whoever asks
 * first.
 */
@NullMarked
package org.buildengine.snapshotter.cache;

import org.jspecify.annotations.NullMarked;
