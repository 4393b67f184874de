/**
 * Trees as directories of this host: layers mounted once and shared, overlays over them, and the probe that finds out
 * what the kernel can do. Called by the assembly of the module.
 *
 * <p>Invariants: a mount point is in {@code mnt/} and is only ever removed by {@code rmdir}, so that nothing which is
 * mounted can be deleted by mistake; a layer is a lower, never an upper; what a workspace was given is given back in the
 * order overlay, lowers, directories, whatever fails on the way.
 */
@NullMarked
package org.buildengine.snapshotter.mount;

import org.jspecify.annotations.NullMarked;
