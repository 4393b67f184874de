/** Placeholder. */
@NullMarked
package org.buildengine.session;

import org.jspecify.annotations.NullMarked;
