/**
 * Who waits inside of the snapshotter, at this moment. Whoever lets somebody wait says so here; nothing is decided by it.
 */
@NullMarked
package org.buildengine.snapshotter.delay;

import org.jspecify.annotations.NullMarked;
