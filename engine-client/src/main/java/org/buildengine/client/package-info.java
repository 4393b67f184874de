/** Placeholder. */
@NullMarked
package org.buildengine.client;

import org.jspecify.annotations.NullMarked;
