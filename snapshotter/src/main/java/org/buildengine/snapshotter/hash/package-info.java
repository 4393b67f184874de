/** Digests of long contents, computed beside the work that brings them. */
@NullMarked
package org.buildengine.snapshotter.hash;

import org.jspecify.annotations.NullMarked;
