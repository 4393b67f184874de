/**
 * Bytes and trees on disk. The public face of the module: callers speak in {@link org.buildengine.snapshotter.Digest
 * digests}, {@link org.buildengine.snapshotter.Snapshot snapshots} and {@link org.buildengine.snapshotter.Tree trees}
 * and never learn where anything lies.
 *
 * <p>Everything below this package ({@code linux}, {@code layer}, {@code store}, …) is an implementation detail; only
 * {@code engine-server} and {@code solver} call in here, and they call only this package.
 */
@NullMarked
package org.buildengine.snapshotter;

import org.jspecify.annotations.NullMarked;
