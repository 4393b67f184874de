/**
 * How much memory is left for executions: what the kernel says of the machine and of the cgroups that hold the daemon. Used by the
 * solver's gate, which lets in one execution after the other while it is short.
 */
@NullMarked
package org.buildengine.server.memory;

import org.jspecify.annotations.NullMarked;
