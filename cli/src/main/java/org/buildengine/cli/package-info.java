/** Placeholder. */
@NullMarked
package org.buildengine.cli;

import org.jspecify.annotations.NullMarked;
