/**
 * Layers: how one is written, indexed, read and edited, whatever its form on disk.
 *
 * <p>The assembly of the module gives this package a {@link org.buildengine.snapshotter.layer.LayerStaging} and a {@link
 * org.buildengine.snapshotter.layer.LayerCatalog} and gets a {@link org.buildengine.snapshotter.layer.Layers} back.
 * Invariant: a directory that the catalog names is complete and never changes again.
 */
@NullMarked
package org.buildengine.snapshotter.layer;

import org.jspecify.annotations.NullMarked;
