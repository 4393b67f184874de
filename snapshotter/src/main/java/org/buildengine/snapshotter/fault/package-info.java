/** Where tests let the process die. Nothing here does anything in a daemon. */
@NullMarked
package org.buildengine.snapshotter.fault;

import org.jspecify.annotations.NullMarked;
