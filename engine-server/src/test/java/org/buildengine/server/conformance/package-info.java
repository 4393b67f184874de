/**
 * What programs of the protocol may rely on, as data: one file per case, observed on the original, but for the few
 * points where ours does better on purpose. Can be driven against any endpoint that speaks HTTP.
 */
@NullMarked
package org.buildengine.server.conformance;

import org.jspecify.annotations.NullMarked;
