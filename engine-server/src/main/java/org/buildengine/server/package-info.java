/** Placeholder. */
@NullMarked
package org.buildengine.server;

import org.jspecify.annotations.NullMarked;
