/**
 * Layers that executions leave are directories. Here those that are worth it become images, in the background: written beside the
 * directory, put in its place by one exchange of names, with the directory going when nothing is mounted of it any more. Used by
 * the snapshotter alone. A layer has one whole form at every moment; what it is called, what it holds and its digest stay.
 */
@NullMarked
package org.buildengine.snapshotter.conversion;

import org.jspecify.annotations.NullMarked;
